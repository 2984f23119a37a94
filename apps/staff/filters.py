"""Filters of the lists."""

from typing import Any

from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from apps.issues.models import IssueStatus
from apps.staff.base import person_of


def by_choice(*fields: str) -> tuple[tuple[str, Any], ...]:
    """Return a drop-down filter for each of some fields with choices."""
    return tuple((field, ChoicesDropdownFilter) for field in fields)


class StatusFilter(DropdownFilter):  # type: ignore[misc]
    """Issues that need work, unless asked for others; a search looks through all of them."""

    title = _("status")
    parameter_name = "status"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer open work, each status, and everything."""
        self.default = "all" if request.GET.get(SEARCH_VAR) else "work"
        return [("work", _("needs work")), *IssueStatus.choices, ("all", _("all"))]

    def value(self) -> str:
        """Return what was asked for, or the default."""
        return super().value() or self.default

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        value = self.value()
        if value == "work":
            return queryset.open()  # type: ignore[attr-defined, no-any-return]
        return queryset.filter(status=value) if value in IssueStatus.values else queryset


class AssigneeFilter(DropdownFilter):  # type: ignore[misc]
    """Whose issues: one's own, or those that nobody has."""

    title = _("assignee")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the two questions that people ask."""
        return [("mine", _("assigned to me")), ("nobody", _("assigned to nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        if self.value() == "mine":
            return queryset.filter(assignee=person_of(request))
        return queryset.filter(assignee__isnull=True) if self.value() == "nobody" else queryset
