"""What belongs to one issue: its reports, comments, timeline and clocks."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import clock
from apps.issues.models import Comment, IssueEvent
from apps.issues.services import add_comment
from apps.reports.models import Report
from apps.rest.issues.serializers import ClockSerializer, CommentInput, CommentSerializer, TimelineSerializer
from apps.rest.reports.serializers import ReportSerializer
from apps.rest.reports.views import LIST_COLUMNS
from apps.rest.views import TenantViewSet
from apps.sla.selectors import clocks_of


class IssueHistory(TenantViewSet):
    """The lists under /api/v1/issues/<number>/; each reads the issue first, so that another tenant's is not there."""

    @extend_schema(responses=ReportSerializer(many=True), filters=False, summary="List an issue's reports")
    @action(detail=True)
    def reports(self, request: Request, number: int) -> Response:
        """Answer one page of the issue's reports, newest first."""
        reports = Report.objects.filter(issue=self.get_object()).select_related("service", "issue").only(*LIST_COLUMNS)
        return Response(self.page_of(reports.order_by("-received_at", "-id"), ReportSerializer))

    @extend_schema(responses=TimelineSerializer(many=True), filters=False, summary="Read an issue's timeline")
    @action(detail=True)
    def timeline(self, request: Request, number: int) -> Response:
        """Answer one page of what happened to the issue, oldest first."""
        events = IssueEvent.objects.filter(issue=self.get_object()).select_related("actor")
        return Response(self.page_of(events.order_by("at", "id"), TimelineSerializer))

    @extend_schema(responses=CommentSerializer(many=True), filters=False, summary="List an issue's comments")
    @action(detail=True)
    def comments(self, request: Request, number: int) -> Response:
        """Answer one page of the issue's comments, oldest first."""
        comments = Comment.objects.filter(issue=self.get_object()).select_related("author")
        return Response(self.page_of(comments.order_by("created_at", "id"), CommentSerializer))

    @extend_schema(request=CommentInput, responses={201: CommentSerializer}, filters=False, summary="Write a comment")
    @comments.mapping.post
    def write_comment(self, request: Request, number: int) -> Response:
        """Write a comment on the issue."""
        issue = self.get_object()
        written = CommentInput(data=request.data)
        written.is_valid(raise_exception=True)
        comment = add_comment(issue=issue, author=self.principal.user, now=clock.now(), **written.validated_data)
        return Response(CommentSerializer(comment).data, status=201)

    @extend_schema(
        responses=ClockSerializer(many=True), filters=False, summary="Read an issue's clocks", operation_id="issues_sla"
    )
    @action(detail=True, pagination_class=None)
    def sla(self, request: Request, number: int) -> Response:
        """Answer the issue's clocks: first response before resolution, cycles in order."""
        clocks = clocks_of(self.get_object().pk, now=clock.now())
        return Response(ClockSerializer(clocks, many=True).data)
