"""Pages, the client's choice: by cursor (the default) or by number."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.keyset import CursorPage, InvalidCursor, NumberedPage, PageOutOfRange, numbered_page, seek_page

_BOTH = {"type": "boolean"}
_CURSOR = {"type": "string", "nullable": True}
_COUNT = {"type": "integer"}


class Pages(BasePagination):
    """`?cursor=` (empty to start) or `?page=`; both with `page_size=`.

    A cursor page costs the same wherever it is; a numbered page needs the total, which is cached, and costs more the
    further it is.
    """

    def cut(
        self, queryset: QuerySet[Any], request: Request, *, scope: str, total: Callable[[], int]
    ) -> CursorPage[Any] | NumberedPage[Any]:
        """Return the page asked for. `scope` says whose list it is and how it is filtered: cursors hold for it alone.

        Queries: one; a numbered page one more when `total` has to count.
        Errors: ValidationError naming page, page_size or cursor.
        """
        query = request.query_params
        if "page" in query and "cursor" in query:
            raise ValidationError({"page": "page and cursor exclude each other"})
        try:
            if "page" in query:
                page_size = _number(query, "page_size", settings.PAGINATION_MAX_PAGE_SIZE)
                return numbered_page(queryset, page=_number(query, "page"), page_size=page_size, total=total)
            page_size = _number(query, "page_size", settings.PAGINATION_MAX_CURSOR_SIZE)
            # A tenant's numbers and names are unique within it.
            return seek_page(
                queryset, cursor=query.get("cursor", ""), page_size=page_size, scope=scope, constant=["tenant"]
            )
        except InvalidCursor as error:
            raise ValidationError({"cursor": str(error)}) from None
        except PageOutOfRange as error:
            raise ValidationError({"page": str(error)}) from None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Refuse: lists are cut with cut(), which knows the scope."""
        raise NotImplementedError

    def get_paginated_response(self, data: Any) -> Response:
        """Refuse, like paginate_queryset."""
        raise NotImplementedError

    def get_results(self, data: Any) -> Any:
        """Return the items, for the browsable API."""
        return data["items"]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameters."""
        largest = settings.PAGINATION_MAX_CURSOR_SIZE
        return [
            _parameter("cursor", {"type": "string"}, "Where the page begins, as `next` or `previous` said it."),
            _parameter("page", {"type": "integer", "minimum": 1}, "A page by number, in place of `cursor`."),
            _parameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": largest, "default": settings.PAGINATION_DEFAULT_PAGE_SIZE},
                f"Rows a page: at most {settings.PAGINATION_MAX_PAGE_SIZE} by number, {largest} by cursor.",
            ),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe both shapes."""
        ends = {"has_next": _BOTH, "has_previous": _BOTH}
        items = {"type": "array", "items": schema}
        shapes = (
            {"items": items, "next": _CURSOR, "previous": _CURSOR, **ends},
            {"items": items, "total": _COUNT, "page": _COUNT, "page_size": _COUNT, "total_pages": _COUNT, **ends},
        )
        return {"oneOf": [{"type": "object", "required": list(each), "properties": each} for each in shapes]}


def page_document(page: CursorPage[Any] | NumberedPage[Any], items: list[Any]) -> dict[str, Any]:
    """Return a page as clients see it."""
    ends = {"has_next": page.has_next, "has_previous": page.has_previous}
    if isinstance(page, CursorPage):
        return {"items": items, "next": page.next, "previous": page.previous, **ends}
    return {
        "items": items,
        "total": page.total,
        "page": page.page,
        "page_size": page.page_size,
        "total_pages": page.total_pages,
        **ends,
    }


def _number(query: Any, name: str, largest: int | None = None) -> int:
    text = query.get(name)
    if text is None:
        return int(settings.PAGINATION_DEFAULT_PAGE_SIZE)
    # Nine digits: more than any list has, and less than makes a number slow to read.
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    if number < 1 or (largest is not None and number > largest):
        span = "at least 1" if largest is None else f"from 1 to {largest}"
        raise ValidationError({name: f"must be a whole number {span}"})
    return number


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
