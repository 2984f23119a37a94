"""What a list of issues can be narrowed by."""

from typing import Any

from django.db.models import QuerySet
from django_filters import BooleanFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter, MultipleChoiceFilter, NumberFilter

from apps.issues.models import OPEN_STATUSES, Category, Issue, IssueStatus, Severity


class IssueFilters(FilterSet):  # type: ignore[misc]
    """`status` may be given several times; `open=true` keeps what still needs work."""

    status = MultipleChoiceFilter(choices=IssueStatus.choices, distinct=False)
    open = BooleanFilter(method="by_open")
    category = ChoiceFilter(choices=Category.choices)
    severity = ChoiceFilter(choices=Severity.choices)
    department = NumberFilter(field_name="department_id", min_value=1, max_value=2**53, decimal_places=0)
    assignee = NumberFilter(field_name="assignee_id", min_value=1, max_value=2**53, decimal_places=0)
    reported_after = IsoDateTimeFilter(field_name="first_report_at", lookup_expr="gte")
    reported_before = IsoDateTimeFilter(field_name="first_report_at", lookup_expr="lt")

    class Meta:
        model = Issue
        fields: list[str] = []

    def by_open(self, queryset: QuerySet[Issue], name: str, value: Any) -> QuerySet[Issue]:
        """Keep the issues that need work, or those that do not."""
        statuses = [status.value for status in OPEN_STATUSES]
        return queryset.filter(status__in=statuses) if value else queryset.exclude(status__in=statuses)
