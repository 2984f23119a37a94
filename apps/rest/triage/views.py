"""/api/v1/triage/"""

from typing import ClassVar

from django.db.models import QuerySet
from django_filters import BooleanFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter, NumberFilter, UUIDFilter
from drf_spectacular.utils import extend_schema, extend_schema_view

from apps.rest.filters import newest_first
from apps.rest.triage.serializers import BatchSerializer, ClassificationSerializer
from apps.rest.views import TenantViewSet
from apps.triage.models import BatchOutcome, Classification, ClassificationBatch, Method


class BatchFilters(FilterSet):  # type: ignore[misc]
    """What runs can be narrowed by."""

    outcome = ChoiceFilter(choices=BatchOutcome.choices)
    started_after = IsoDateTimeFilter(field_name="started_at", lookup_expr="gte")
    started_before = IsoDateTimeFilter(field_name="started_at", lookup_expr="lt")

    class Meta:
        model = ClassificationBatch
        fields: list[str] = []


class ClassificationFilters(FilterSet):  # type: ignore[misc]
    """What answers can be narrowed by; `report` is a public id."""

    method = ChoiceFilter(choices=Method.choices)
    is_current = BooleanFilter()
    batch = NumberFilter(field_name="batch_id", min_value=1, max_value=2**53, decimal_places=0)
    report = UUIDFilter(field_name="report__public_id")

    class Meta:
        model = Classification
        fields: list[str] = []


@extend_schema_view(
    list=extend_schema(summary="List triage runs", description="The tenant's runs, newest first."),
    retrieve=extend_schema(summary="Read a triage run"),
)
class BatchViewSet(TenantViewSet):
    """Runs of triage. Not cached: watched while they happen."""

    model = ClassificationBatch
    serializer_class = BatchSerializer
    filterset_class = BatchFilters
    lookup_value_converter = "int"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = newest_first("started_at")


@extend_schema_view(
    list=extend_schema(summary="List classifications", description="Every answer that triage or a person gave."),
    retrieve=extend_schema(summary="Read a classification"),
)
class ClassificationViewSet(TenantViewSet):
    """Answers of triage: why a report is classified as it is."""

    model = Classification
    serializer_class = ClassificationSerializer
    filterset_class = ClassificationFilters
    lookup_value_converter = "int"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"-id": ("-id",), "id": ("id",)}

    def rows(self) -> QuerySet[Classification]:
        """Return answers with their report's public id and service's code."""
        own = [name for name in ClassificationSerializer.Meta.fields if name not in ("report", "service_code")]
        return Classification.objects.select_related("report", "service").only(
            *own, "tenant", "report__public_id", "service__code"
        )
