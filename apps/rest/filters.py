"""Narrowing and ordering of lists; every parameter is known, and a wrong one is named."""

from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

SEARCH_MAX = 200
# An index can serve one configuration only. English stems what most tenants write; other languages match whole words.
SEARCH_CONFIGURATION = "english"
PAGING = frozenset(("cursor", "page", "page_size", "format"))


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
    """`search=`: words, "phrases" and -exclusions in the list's texts, as PostgreSQL's websearch reads them."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Keep the rows that match. Errors: ValidationError for a text too long or with NUL."""
        text = request.query_params.get("search", "").strip()
        if not text or not view.search_fields:
            return queryset
        if len(text) > SEARCH_MAX or "\x00" in text:
            raise ValidationError({"search": f"must be at most {SEARCH_MAX} characters, without NUL"})
        vector = SearchVector(*view.search_fields, config=SEARCH_CONFIGURATION)
        query = SearchQuery(text, search_type="websearch", config=SEARCH_CONFIGURATION)
        found: QuerySet[Any] = queryset.alias(searched=vector).filter(searched=query)
        return found

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameter."""
        if not view.search_fields:
            return []
        return [_parameter("search", {"type": "string", "maxLength": SEARCH_MAX}, "Words in the texts.")]


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
