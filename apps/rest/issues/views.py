"""/api/v1/issues/"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import clock
from apps.core.cache import bump_tags
from apps.issues import tags
from apps.issues.models import Department, Issue
from apps.issues.services import assign_issue, reclassify_issue, transition_issue
from apps.rest.fields import wanted_fields
from apps.rest.filters import newest_first, refuse_unknown
from apps.rest.issues.document import INCLUDABLE, NAMES, IssueQuery, issue_document
from apps.rest.issues.filters import IssueFilters
from apps.rest.issues.history import IssueHistory
from apps.rest.issues.serializers import Assignment, IssueChange, IssueDetailSerializer, IssueSerializer, Transition
from apps.rest.openapi import CONFLICT
from apps.tenants.models import User

_LIST_COLUMNS = [*IssueSerializer.Meta.fields, "tenant"]


@extend_schema_view(
    list=extend_schema(summary="List issues", description="The tenant's issues, the newest first."),
)
class IssueViewSet(IssueHistory):
    """Issues: problems in the world that staff work on."""

    model = Issue
    serializer_class = IssueDetailSerializer
    list_serializer_class = IssueSerializer
    filterset_class = IssueFilters
    lookup_field = "number"
    lookup_value_converter = "int"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {
        **newest_first("first_report_at"),
        "number": ("number",),
        "-number": ("-number",),
    }
    search_fields = ("title", "address")
    list_tags = (tags.issues,)

    def rows(self) -> QuerySet[Issue]:
        """Return the issues that were not merged into others; a single one with its people, merged or not."""
        if self.action == "list":
            listed: QuerySet[Issue] = Issue.objects.surviving().only(*_LIST_COLUMNS)
            return listed
        issues: QuerySet[Issue] = Issue.objects.select_related("department", "assignee", "merged_into")
        return issues

    @extend_schema(
        summary="Read an issue",
        description="One issue, by its number. `include=reports` adds the newest of its reports.",
        parameters=[
            OpenApiParameter("include", OpenApiTypes.STR, enum=INCLUDABLE, description="What belongs to the issue.")
        ],
    )
    def retrieve(self, request: Request, number: int) -> Response:
        """Answer one issue."""
        found = issue_document(self.principal.tenant_id, number, _wanted(request))
        if found is None:
            raise NotFound("there is nothing here")
        return Response(found)

    @extend_schema(
        request=IssueChange, responses={200: IssueDetailSerializer, **CONFLICT}, summary="Reclassify an issue"
    )
    def partial_update(self, request: Request, number: int) -> Response:
        """Change the category or the severity; its clocks follow. The status moves by transition/."""
        issue: Issue = self.get_object()
        values = self._checked(IssueChange, request)
        if not {"category", "severity"} & values.keys():
            raise ValidationError({"body": "say what to change: category or severity"})
        reclassify_issue(
            issue_id=issue.pk,
            actor=self.principal.user,
            now=clock.now(),
            category=values.get("category"),
            severity=values.get("severity"),
            expected_version=values.get("version"),
        )
        return self._answer()

    @extend_schema(
        request=Transition,
        responses={200: IssueDetailSerializer, **CONFLICT},
        summary="Move an issue along the workflow",
    )
    @action(detail=True, methods=["post"])
    def transition(self, request: Request, number: int) -> Response:
        """Change the status where the workflow allows it; 409 names what it allows."""
        issue: Issue = self.get_object()
        values = self._checked(Transition, request)
        transition_issue(
            issue_id=issue.pk,
            status=values["status"],
            actor=self.principal.user,
            now=clock.now(),
            expected_version=values.get("version"),
            note=values.get("note", ""),
        )
        return self._answer()

    @extend_schema(request=Assignment, responses={200: IssueDetailSerializer, **CONFLICT}, summary="Assign an issue")
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, number: int) -> Response:
        """Give an issue to a department, a person, both or nobody."""
        issue: Issue = self.get_object()
        values = self._checked(Assignment, request)
        if not {"department", "assignee"} & values.keys():
            raise ValidationError({"body": "say who: department or assignee"})
        assign_issue(
            issue_id=issue.pk,
            actor=self.principal.user,
            now=clock.now(),
            department=_department(values["department"]) if "department" in values else issue.department,
            assignee=self._member(values["assignee"]) if "assignee" in values else issue.assignee,
            expected_version=values.get("version"),
        )
        # An assignment publishes no event that a reaction could bump the list by.
        bump_tags([tags.issues(self.principal.tenant_id)])
        return self._answer()

    def _checked(self, form: type[Any], request: Request) -> dict[str, Any]:
        checked = form(data=request.data)
        checked.is_valid(raise_exception=True)
        values: dict[str, Any] = checked.validated_data
        return values

    def _answer(self) -> Response:
        return Response(IssueDetailSerializer(self.get_object()).data)

    def _member(self, user_id: int | None) -> User | None:
        if user_id is None:
            return None
        tenant_id = self.principal.tenant_id
        member = User.objects.filter(pk=user_id, is_active=True, memberships__tenant_id=tenant_id).first()
        if member is None:
            raise ValidationError({"assignee": f"there is no member of staff {user_id}"})
        return member


def _wanted(request: Request) -> IssueQuery:
    refuse_unknown(request, {"fields", "format", "include"})
    included = request.query_params.get("include")
    if included not in (None, *INCLUDABLE):
        raise ValidationError({"include": f"must be one of: {', '.join(INCLUDABLE)}"})
    text = request.query_params.get("fields")
    names = NAMES if text is None else tuple(wanted_fields(text, known=list(NAMES)))
    return IssueQuery(names, with_reports=included is not None)


def _department(department_id: int | None) -> Department | None:
    if department_id is None:
        return None
    department: Department | None = Department.objects.filter(pk=department_id).first()
    if department is None:
        raise ValidationError({"department": f"there is no department {department_id}"})
    return department
