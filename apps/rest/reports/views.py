"""/api/v1/reports/"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import clock
from apps.reports import tags
from apps.reports.models import Channel, Report, Service
from apps.reports.services import submit_report
from apps.rest.filters import newest_first
from apps.rest.reports.filters import ReportFilters
from apps.rest.reports.serializers import (
    ReportCorrection,
    ReportDetailSerializer,
    ReportSerializer,
    ReportSubmission,
    SubmittedSerializer,
)
from apps.rest.views import TenantViewSet
from apps.tenants.models import User
from apps.triage.services import correct_classification

# What a list's serializer reads, and nothing of the rest.
LIST_COLUMNS = (
    "public_id status category severity channel description lat lng address received_at closed_at updated_at "
    "tenant_id issue_id issue__number service_id service__code"
).split()


@extend_schema_view(
    list=extend_schema(summary="List reports", description="The tenant's reports, newest first."),
    retrieve=extend_schema(summary="Read a report", description="One report, by its public id."),
)
class ReportViewSet(TenantViewSet):
    """Reports: what citizens, apps and feeds have sent."""

    model = Report
    serializer_class = ReportDetailSerializer
    list_serializer_class = ReportSerializer
    filterset_class = ReportFilters
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = newest_first("received_at")
    search_fields = ("description", "address")
    list_tags = (tags.reports, tags.services)

    def rows(self) -> QuerySet[Report]:
        """Return reports with their service and issue; a single one with its contact."""
        reports: QuerySet[Report] = Report.objects.select_related("service", "issue")
        return reports.only(*LIST_COLUMNS) if self.action == "list" else reports.prefetch_related("contacts")

    def get_serializer_context(self) -> dict[str, Any]:
        """Say whether the caller may see who sent a report."""
        context = super().get_serializer_context()
        may_see = not getattr(self, "swagger_fake_view", False) and self.principal.may_write
        return {**context, "may_see_contacts": may_see}

    @extend_schema(request=ReportSubmission, responses={201: SubmittedSerializer}, summary="Submit a report")
    def create(self, request: Request) -> Response:
        """Take in one report; it is stored when this answers 201, with its address in Location."""
        submission = ReportSubmission(data=request.data)
        submission.is_valid(raise_exception=True)
        report = submit_report(
            tenant_id=self.principal.tenant_id,
            draft=submission.draft(),
            channel=Channel.API.value,
            now=clock.now(),
        )
        location = request.build_absolute_uri(reverse("rest:report-detail", args=[report.public_id]))
        return Response(SubmittedSerializer(report).data, status=201, headers={"Location": location})

    @extend_schema(
        request=ReportCorrection, responses=ReportDetailSerializer, summary="Correct a report's classification"
    )
    def partial_update(self, request: Request, public_id: Any) -> Response:
        """Let a person's category, severity or service count in place of triage's; the status follows the issue."""
        actor = self.principal.user
        if actor is None:
            raise PermissionDenied("a correction is a person's: sign in as staff")
        report: Report = self.get_object()
        correction = ReportCorrection(data=request.data)
        correction.is_valid(raise_exception=True)
        self._correct(report, correction.validated_data, actor)
        return Response(self.get_serializer(self.get_object()).data)

    def _correct(self, report: Report, values: dict[str, str], actor: User) -> None:
        chosen = {name: values.get(name) or getattr(report, name) for name in ("category", "severity")}
        missing = [name for name, value in chosen.items() if not value]
        if missing:
            raise ValidationError(dict.fromkeys(missing, "the report has none yet; say which"))
        if not {"category", "severity", "service_code"} & values.keys():
            raise ValidationError({"body": "say what to correct: category, severity or service_code"})
        correct_classification(
            tenant_id=self.principal.tenant_id,
            report_id=report.pk,
            actor=actor,
            service_id=_service_id(values["service_code"]) if "service_code" in values else None,
            note=values.get("note", ""),
            **chosen,
        )


def _service_id(code: str) -> int:
    found = Service.objects.filter(code=code, is_active=True).values_list("pk", flat=True).first()
    if found is None:
        raise ValidationError({"service_code": f"there is no service {code[:100]!r}"})
    return int(found)
