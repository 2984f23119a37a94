"""Filters of the lists."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter
from unfold.utils import parse_date_str

from apps.issues.models import OPEN_STATUSES, IssueStatus
from apps.staff.base import person_of


def by_choice(*fields: str) -> tuple[tuple[str, Any], ...]:
    """Return a drop-down filter for each of some fields with choices."""
    return tuple((field, ChoicesDropdownFilter) for field in fields)


class DaysFilter(RangeDateFilter):  # type: ignore[misc]
    """From one day to another of the city's calendar, both included; the theme's own leaves out the last day."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list; what is no date is taken for none."""
        first, last = (self._midnight(which) for which in ("from", "to"))
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": first})
        if last is not None:
            queryset = queryset.filter(**{f"{self.field_path}__lt": last})
        return queryset

    def _midnight(self, which: str) -> datetime | None:
        """Return the moment at which the first day begins, or the last day ends."""
        text = self.used_parameters.get(f"{self.field_path}_{which}")
        day = parse_date_str(text) if text else None
        if day is None:
            return None
        try:
            return timezone.make_aware(datetime.combine(day + timedelta(days=which == "to"), time.min))
        except OverflowError:
            return None


class StatusFilter(DropdownFilter):  # type: ignore[misc]
    """Issues that need work, unless asked for others; a search looks through all of them."""

    title = _("status")
    parameter_name = field_path = "status"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer open work, each status, and everything."""
        self.default = "all" if request.GET.get(SEARCH_VAR) else "work"
        return [("work", _("needs work")), *IssueStatus.choices, ("all", _("all"))]

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self.value() != "all"

    @property
    def served(self) -> bool:
        """Whether the index of open issues leads to what is left."""
        return self.value() in ("work", *OPEN_STATUSES)

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
    field_path = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the two questions that people ask."""
        return [("mine", _("assigned to me")), ("nobody", _("assigned to nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        if self.value() == "mine":
            return queryset.filter(assignee=person_of(request))
        return queryset.filter(assignee__isnull=True) if self.value() == "nobody" else queryset
