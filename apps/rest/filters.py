"""Narrowing and ordering of lists; every parameter is known, and a wrong one is named."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from apps.core.keyset.cursors import unverified_position
from apps.core.search import SEARCH_DEPTH

SEARCH_MAX = 200
PAGING = frozenset(("cursor", "page", "page_size", "format", "fields"))


def refuse_unknown(request: Request, known: frozenset[str] | set[str]) -> None:
    """Raise ValidationError naming each parameter of the query that is not known."""
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        message = f"is not a parameter here; known: {', '.join(sorted(known))}"
        raise ValidationError({name[:100]: message for name in unknown})


class KnownParameters(BaseFilterBackend):
    """Refuse a parameter that the list does not know: a filter misspelt would show everything."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Return the queryset as it is. Errors: ValidationError naming each unknown parameter."""
        known = set(view.filterset_class.base_filters) if view.filterset_class else set()
        known |= PAGING | ({"ordering"} if view.orderings else set()) | ({"search"} if view.search_fields else set())
        refuse_unknown(request, known)
        return queryset


class FieldFilters(DjangoFilterBackend):  # type: ignore[misc]
    """django-filter; only where a list declares a filter set."""


class TextSearch(BaseFilterBackend):
    """`search=`: words, "phrases" and -exclusions in the list's texts, as PostgreSQL's websearch reads them.

    Behind the other filters: it looks for as many matches as a page of what they leave over needs.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Keep the rows that match. Errors: ValidationError for a text too long or with NUL.

        Queries: one, or two for each of at most three tries (core.search.narrow_to_matches).
        """
        text = request.query_params.get("search", "").strip()
        if not text or not view.search_fields:
            return queryset
        if len(text) > SEARCH_MAX or "\x00" in text:
            raise ValidationError({"search": f"must be at most {SEARCH_MAX} characters, without NUL"})
        rows, starting = _reach(request, next(iter(view.orderings)))
        found: QuerySet[Any] = queryset.matching(text, rows=rows, starting=starting)  # type: ignore[attr-defined]
        return found

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameter."""
        if not view.search_fields:
            return []
        meaning = f"Words in texts, some seconds after they were written; by number the newest {SEARCH_DEPTH:,} hits."
        return [_parameter("search", {"type": "string", "maxLength": SEARCH_MAX}, meaning)]


def _reach(request: Request, newest_first: str) -> tuple[int, datetime | None]:
    """Return how many matches the page may need, and from which moment back: a page's worth in the default order by
    cursor, everything otherwise."""
    query = request.query_params
    size, cursor = query.get("page_size", str(settings.PAGINATION_DEFAULT_PAGE_SIZE)), query.get("cursor", "")
    # What is wrong with the query is said where the page is cut.
    plain = size.isascii() and size.isdigit() and len(size) <= 6
    if not plain or "page" in query or query.get("ordering", newest_first) != newest_first:
        return SEARCH_DEPTH, None
    if not cursor:
        return int(size) + 1, None
    starting = _moment(cursor)
    return (int(size) + 1, starting) if starting else (SEARCH_DEPTH, None)


def _moment(cursor: str) -> datetime | None:
    """Return the time of the row behind which a page begins; None going back, for that has no bound."""
    at = unverified_position(cursor)
    if at is None or at.back or not at.values:
        return None
    try:
        moment = parse_datetime(str(at.values[0]))
    except ValueError:
        return None
    return moment if moment is not None and is_aware(moment) else None


class Ordering(BaseFilterBackend):
    """`ordering=`, one of the view's `orderings`: each is served by an index and ends with a unique field."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Order the rows; the first ordering is the default. Errors: ValidationError naming those there are."""
        names = list(view.orderings)
        wanted = request.query_params.get("ordering", names[0] if names else "")
        if names and wanted not in view.orderings:
            raise ValidationError({"ordering": f"must be one of: {', '.join(names)}"})
        return queryset.order_by(*view.orderings[wanted]) if names else queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameter."""
        names = list(view.orderings)
        if not names:
            return []
        return [_parameter("ordering", {"type": "string", "enum": names, "default": names[0]}, "The order of rows.")]


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def newest_first(field: str) -> dict[str, tuple[str, ...]]:
    """Return the two orderings by a time, newest first by default; the id decides between equal times."""
    return {f"-{field}": (f"-{field}", "-id"), field: (field, "id")}
