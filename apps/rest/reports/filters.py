"""What a list of reports can be narrowed by."""

from typing import Any

from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter, NumberFilter
from rest_framework.exceptions import ValidationError

from apps.issues.models import Category, Severity
from apps.reports.models import Channel, Report, ReportStatus
from apps.reports.selectors import service_ids_by_code


class ReportFilters(FilterSet):  # type: ignore[misc]
    """Each narrows the newest-first list; `status` has an index of its own, the others filter along the list's."""

    status = ChoiceFilter(choices=ReportStatus.choices)
    category = ChoiceFilter(choices=Category.choices)
    severity = ChoiceFilter(choices=Severity.choices)
    channel = ChoiceFilter(choices=Channel.choices)
    service_code = CharFilter(method="of_service", max_length=100)
    issue = NumberFilter(field_name="issue__number", min_value=1, max_value=2**53, decimal_places=0)
    received_after = IsoDateTimeFilter(field_name="received_at", lookup_expr="gte")
    received_before = IsoDateTimeFilter(field_name="received_at", lookup_expr="lt")

    class Meta:
        model = Report
        fields: list[str] = []

    def of_service(self, queryset: QuerySet[Report], name: str, value: str) -> QuerySet[Report]:
        """Keep one service's reports. Errors: ValidationError for a code that the tenant does not have."""
        service_id: Any = service_ids_by_code().get(value)
        if service_id is None:
            raise ValidationError({name: f"there is no service {value!r}"})
        return queryset.filter(service_id=service_id)
