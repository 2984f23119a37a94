"""Issues as staff work on them: find one, see its reports and clocks, move it along."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from apps.core import clock
from apps.issues.errors import IssueError
from apps.issues.models import Comment, Department, Issue, IssueStatus
from apps.issues.selectors import allowed_transitions, comments_of, timeline
from apps.issues.services import add_comment, assign_issue, reclassify_issue, transition_issue
from apps.reports.selectors import reports_of_issue
from apps.sla.models import SLAMetric
from apps.sla.selectors import clocks_of
from apps.staff.base import TenantAdmin
from apps.tenants.models import Role

SHOWN_REPORTS = 100
SEVERITY_COLOURS = {"low": "info", "medium": "warning", "high": "danger", "critical": "danger"}
STATUS_COLOURS = {"open": "danger", "acknowledged": "warning", "in_progress": "info", "on_hold": "warning"}


class IssueForm(forms.ModelForm):  # type: ignore[type-arg]
    """What staff may change about an issue; the status offers only what the workflow allows next."""

    note = forms.CharField(
        label=_("note for the timeline"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    comment = forms.CharField(
        label=_("new comment"), required=False, max_length=10_000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
    comment_is_public = forms.BooleanField(label=_("show the comment to reporters"), required=False)
    read_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Issue
        # Foreign keys are added by the admin, once a tenant is active to choose from.
        fields: ClassVar[list[str]] = ["status", "severity", "category"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk or "status" not in self.fields:
            return
        steps = [self.instance.status, *allowed_transitions(self.instance.status)]
        choices = [(step, IssueStatus(step).label) for step in steps]
        self.fields["status"] = forms.ChoiceField(choices=choices, label=_("status"), widget=UnfoldAdminSelectWidget)
        self.initial["read_version"] = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Refuse an edit of an issue that somebody else has changed since the page was opened."""
        cleaned: dict[str, Any] = super().clean() or {}
        current = Issue.objects.filter(pk=self.instance.pk).values_list("version", flat=True).first()
        read = cleaned.get("read_version")
        if read is not None and current != read:
            raise forms.ValidationError(
                _("Somebody else changed this issue while you were editing. Open it again to see the present state.")
            )
        return cleaned


@admin.register(Issue)
class IssueAdmin(TenantAdmin):
    """The list that staff work from, and an issue with its reports, clocks and timeline."""

    form = IssueForm
    list_display = ("titled", "shown_status", "shown_severity", "category", "report_count", "due", "first_report_at")
    list_display_links = ("titled",)
    list_filter = ("status", "severity", "category", "department")
    list_select_related = ("department",)
    search_fields = ("=number", "title", "address")
    search_help_text = _("issue number, or words of the title or address")
    ordering = ("-first_report_at", "-id")
    readonly_fields = (
        *("number", "title", "address", "report_count", "first_report_at", "last_report_at", "acknowledged_at"),
        *("resolved_at", "closed_at", "clocks", "reports_table", "timeline_table", "comments_table"),
    )
    autocomplete_fields = ("department",)
    fieldsets = (
        (None, {"fields": ("clocks",)}),
        (
            _("Work"),
            {"fields": (("status", "severity", "category"), ("department", "assignee"), "note", "read_version")},
        ),
        (_("The problem"), {"fields": (("title", "address"), ("first_report_at", "last_report_at", "report_count"))}),
        (_("Reports"), {"fields": ("reports_table",)}),
        (_("Comments"), {"fields": ("comments_table", "comment", "comment_is_public")}),
        (_("Timeline"), {"fields": (("acknowledged_at", "resolved_at", "closed_at"), "timeline_table")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the tenant's issues; the list's due times come with one further query (prefetch)."""
        return super().get_queryset(request).prefetch_related("sla_metrics")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the tenant's own people as assignees."""
        if db_field.name == "assignee":
            people = db_field.related_model.objects.filter(memberships__tenant=request.tenant)  # type: ignore[attr-defined]
            kwargs["queryset"] = people.order_by("name", "email")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Issue, form: Any, change: bool) -> None:
        """Make each change through its service, so that timeline, clocks and figures follow."""
        now, actor, values = clock.now(), request.user, form.cleaned_data
        people = {"issue_id": obj.pk, "actor": actor, "now": now}
        try:
            if {"department", "assignee"} & set(form.changed_data):
                assign_issue(**people, department=values["department"], assignee=values["assignee"])
            if {"severity", "category"} & set(form.changed_data):
                reclassify_issue(**people, severity=values["severity"], category=values["category"])
            if "status" in form.changed_data:
                transition_issue(**people, status=values["status"], note=values.get("note", ""))
        except IssueError as error:
            messages.error(request, str(error))
        if values.get("comment", "").strip():
            public = values.get("comment_is_public", False)
            add_comment(issue=obj, author=actor, text=values["comment"], is_public=public, now=now)  # type: ignore[arg-type]
        obj.refresh_from_db()

    @display(description=_("issue"), header=True, ordering="number")
    def titled(self, issue: Issue) -> list[str]:
        """Return number and title, with the address below."""
        return [f"#{issue.number} {issue.title}", issue.address]

    @display(description=_("status"), label=STATUS_COLOURS | {"resolved": "success", "closed": "success"})
    def shown_status(self, issue: Issue) -> tuple[str, str]:
        """Return the status as a coloured label."""
        return issue.status, str(IssueStatus(issue.status).label)

    @display(description=_("severity"), label=SEVERITY_COLOURS)
    def shown_severity(self, issue: Issue) -> tuple[str, str]:
        """Return the severity as a coloured label."""
        return issue.severity, issue.get_severity_display()

    @display(description=_("due"))
    def due(self, issue: Issue) -> Any:
        """Return when the next promise of the issue falls due."""
        metrics: list[SLAMetric] = list(issue.sla_metrics.all())
        return metrics[0].next_due_at if metrics else None

    @display(description=_("clocks"))
    def clocks(self, issue: Issue) -> SafeString:
        """Draw the issue's SLA clocks as they stand now."""
        return _render("staff/clocks.html", clocks=clocks_of(issue.pk, now=clock.now()))

    @display(description=_("reports"))
    def reports_table(self, issue: Issue) -> SafeString:
        """List the reports that describe this problem, newest first."""
        shown = reports_of_issue(issue.pk, limit=SHOWN_REPORTS)
        return _render("staff/reports_table.html", reports=shown, more=max(issue.report_count - len(shown), 0))

    @display(description=_("timeline"))
    def timeline_table(self, issue: Issue) -> SafeString:
        """List what happened to the issue, oldest first."""
        return _render("staff/timeline_table.html", entries=timeline(issue))

    @display(description=_("comments"))
    def comments_table(self, issue: Issue) -> SafeString:
        """List the comments so far."""
        return _render("staff/comments_table.html", comments=comments_of(issue))


def _render(template: str, **context: Any) -> SafeString:
    return format_html("{}", SafeString(render_to_string(template, context)))


@admin.register(Department)
class DepartmentAdmin(TenantAdmin):
    """Who works on what."""

    may_change = Role.MANAGER
    may_add = Role.MANAGER
    list_display = ("name", "email")
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "email")


@admin.register(Comment)
class CommentAdmin(TenantAdmin):
    """Every comment, for those who look for one."""

    may_change = None
    list_display = ("text", "issue", "author", "is_public", "created_at")
    list_filter = ("is_public",)
    list_select_related = ("issue", "author")
    ordering = ("-created_at", "-id")
    fields = ("issue", "author", "text", "is_public", "created_at")
