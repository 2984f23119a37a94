"""/api/v1/sla/"""

from dataclasses import asdict
from typing import Any, ClassVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.issues.models import Severity
from apps.rest.caching import cached_answer
from apps.rest.filters import newest_first
from apps.rest.principals import principal_of
from apps.rest.sla.filters import MetricFilters, PolicyFilters
from apps.rest.sla.serializers import CalendarSerializer, MetricSerializer, PolicySerializer, SummarySerializer
from apps.rest.views import ScopedView, TenantViewSet
from apps.sla import tags
from apps.sla.models import BusinessCalendar, SLAMetric, SLAPolicy, SLATarget
from apps.sla.selectors import MetricAttainment, attainment


@extend_schema_view(
    list=extend_schema(summary="List SLA metrics", description="One row an issue, the latest started first."),
    retrieve=extend_schema(summary="Read an issue's SLA metric", description="By the issue's number."),
)
class MetricViewSet(TenantViewSet):
    """SLA metrics: the summary of each issue's clocks."""

    model = SLAMetric
    serializer_class = MetricSerializer
    filterset_class = MetricFilters
    lookup_field = "issue__number"
    lookup_url_kwarg = "issue"
    lookup_value_converter = "int"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = newest_first("started_at")
    list_tags = (tags.sla,)

    def rows(self) -> QuerySet[SLAMetric]:
        """Return metrics with their issue's number and policy's name."""
        return SLAMetric.objects.select_related("issue", "policy").only(
            *(name for name in MetricSerializer.Meta.fields if name not in ("issue", "policy")),
            "tenant",
            "issue__number",
            "policy__name",
        )


@extend_schema_view(
    list=extend_schema(summary="List SLA policies", description="Every version of every policy, by name."),
    retrieve=extend_schema(summary="Read a version of an SLA policy"),
)
class PolicyViewSet(TenantViewSet):
    """SLA policies: what is promised for which issues."""

    model = SLAPolicy
    serializer_class = PolicySerializer
    filterset_class = PolicyFilters
    lookup_value_converter = "int"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("name", "version"),
        "-name": ("-name", "-version"),
    }

    def rows(self) -> QuerySet[SLAPolicy]:
        """Return policies with their calendar and targets, all in one query."""
        targets = SLATarget.objects.filter(policy=OuterRef("pk")).order_by("severity", "metric")
        fields = {name: F(name) for name in ("severity", "metric", "minutes", "clock")}
        return SLAPolicy.objects.select_related("calendar").annotate(
            own_targets=ArraySubquery(targets.values(document=JSONObject(**fields)))
        )


@extend_schema_view(
    list=extend_schema(summary="List business calendars", description="Every version of every calendar, by name."),
    retrieve=extend_schema(summary="Read a version of a business calendar"),
)
class CalendarViewSet(TenantViewSet):
    """Business calendars: when the tenant works."""

    model = BusinessCalendar
    serializer_class = CalendarSerializer
    lookup_value_converter = "int"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("name", "version"),
        "-name": ("-name", "-version"),
    }


class SummaryView(ScopedView):
    """How the tenant's promises went, over all issues or those of one severity."""

    @extend_schema(
        responses=SummarySerializer,
        parameters=[OpenApiParameter("severity", OpenApiTypes.STR, enum=Severity.values)],
        summary="Read the SLA summary",
    )
    def get(self, request: Request) -> Response:
        """Answer counts, shares and mean times."""
        severity = request.query_params.get("severity")
        if severity is not None and severity not in Severity.values:
            raise ValidationError({"severity": f"must be one of: {', '.join(Severity.values)}"})
        tenant_id = principal_of(request).tenant_id

        def compute() -> dict[str, Any]:
            found = attainment(severity=severity)
            return {
                "issues": found.issues,
                "response": _with_share(found.response),
                "resolution": _with_share(found.resolution),
            }

        summary = cached_answer(
            tenant_id=tenant_id,
            name="sla-summary",
            query=severity or "",
            tags=[tags.sla(tenant_id)],
            kind="statistics",
            compute=compute,
        )
        return Response(SummarySerializer(summary).data)


def _with_share(found: MetricAttainment) -> dict[str, Any]:
    return {**asdict(found), "share": found.share}
