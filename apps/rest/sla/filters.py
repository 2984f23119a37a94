"""What service levels can be narrowed by."""

from django_filters import BooleanFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter

from apps.issues.models import Category, Severity
from apps.sla.models import Outcome, RunState, SLAMetric, SLAPolicy


class MetricFilters(FilterSet):  # type: ignore[misc]
    """Each outcome has an index of its own; the others filter along the list's."""

    severity = ChoiceFilter(choices=Severity.choices)
    category = ChoiceFilter(choices=Category.choices)
    state = ChoiceFilter(choices=RunState.choices)
    response_outcome = ChoiceFilter(choices=Outcome.choices)
    resolution_outcome = ChoiceFilter(choices=Outcome.choices)
    started_after = IsoDateTimeFilter(field_name="started_at", lookup_expr="gte")
    started_before = IsoDateTimeFilter(field_name="started_at", lookup_expr="lt")

    class Meta:
        model = SLAMetric
        fields: list[str] = []


class PolicyFilters(FilterSet):  # type: ignore[misc]
    """Which versions."""

    is_active = BooleanFilter()

    class Meta:
        model = SLAPolicy
        fields: list[str] = []
