"""Issues as staff work on them: find one, see its reports and clocks, move it along."""

import re
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from apps.core import clock
from apps.issues.models import OPEN_STATUSES, Comment, Issue, IssueStatus
from apps.issues.services import add_comment, assign_issue, reclassify_issue, transition_issue
from apps.reports.selectors import reports_of_issue
from apps.sla.models import Outcome, RunState, SLAMetric
from apps.sla.selectors import clocks_of
from apps.staff.base import TenantAdmin, person_of, tenant_of
from apps.staff.columns import label_column, moment_column, shown
from apps.staff.counting import SEARCH_CAP
from apps.staff.drawing import (
    NOTHING,
    OUTCOME_COLOURS,
    SEVERITY_COLOURS,
    STATUS_COLOURS,
    deadline,
    draw,
    drawn_once,
    place,
)
from apps.staff.filters import AssigneeFilter, DaysFilter, StatusFilter, by_choice
from apps.staff.issue_actions import move_issues
from apps.staff.issue_form import IssueForm
from apps.staff.timeline import timeline_of
from apps.tenants.models import Membership, User

SHOWN_REPORTS = 100
SHOWN_COMMENTS = 100
NUMBER = re.compile(r"[0-9]{1,18}")
WRITTEN_FIELDS = {"note", "read_version", "comment", "comment_is_public"}


@admin.register(Issue)
class IssueAdmin(TenantAdmin):
    """The list that staff work from, and an issue with its reports, clocks and timeline."""

    form = IssueForm
    list_display = ("titled", "shown_status", "shown_severity", "category", "report_count", "due", "first_seen")
    list_display_links = ("titled",)
    list_filter = (
        StatusFilter,
        *by_choice("severity", "category"),
        ("department", RelatedDropdownFilter),
        AssigneeFilter,
        ("first_report_at", DaysFilter),
    )
    newest_by = "first_report_at"
    searches_by_index = True
    # What get_search_results looks in; Django shows the box where there are any.
    search_fields = ("=number", "title", "address")
    search_help_text = _("issue number, or words of the title or address")
    ordering = ("-first_report_at", "-id")
    actions = ("acknowledge", "resolve")
    readonly_fields = (
        *("number", "title", "address", "place", "report_count", "first_report_at", "last_report_at"),
        *("acknowledged_at", "resolved_at", "closed_at", "clocks", "reports_table", "timeline_table", "comments_table"),
    )
    autocomplete_fields = ("department",)
    fieldsets = (
        (None, {"fields": ("clocks",)}),
        (
            _("Work"),
            {"fields": (("status", "severity", "category"), ("department", "assignee"), "note", "read_version")},
        ),
        (
            _("The problem"),
            {
                "fields": (
                    ("title", "address", "place"),
                    ("first_report_at", "last_report_at", "report_count"),
                    ("acknowledged_at", "resolved_at", "closed_at"),
                )
            },
        ),
        (_("Reports"), {"fields": ("reports_table",)}),
        (_("Comments"), {"fields": ("comments_table", "comment", "comment_is_public")}),
        (_("Timeline"), {"fields": ("timeline_table",)}),
    )

    shown_status = label_column("status", _("status"), STATUS_COLOURS)
    shown_severity = label_column("severity", _("severity"), SEVERITY_COLOURS)
    first_seen = moment_column("first_report_at", _("first report"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the tenant's issues; the list's due times come with one further query (prefetch).

        To order by them is a join, with the tenant in it: without, it reads the promises of all cities.
        """
        of_tenant = FilteredRelation("sla_metrics", condition=Q(sla_metrics__tenant=F("tenant")))
        issues: QuerySet[Any] = super().get_queryset(request).prefetch_related("sla_metrics")
        with_promise: QuerySet[Any] = issues.annotate(promise=of_tenant)
        return with_promise

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find an issue by its number, or by words."""
        term = search_term.strip()
        if not term:
            return queryset, False
        number = term.removeprefix("#")
        same_number = queryset.filter(number=int(number)) if NUMBER.fullmatch(number) else queryset.none()
        return same_number if same_number.exists() else queryset.matching(term, rows=SEARCH_CAP + 1), False  # type: ignore[attr-defined]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what is there to be written in from the page of somebody who only looks."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in WRITTEN_FIELDS]})
            for title, options in fieldsets
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the tenant's own people as assignees."""
        if db_field.name == "assignee":
            members = Membership.objects.filter(tenant=tenant_of(request)).values("user")
            kwargs["queryset"] = User.objects.filter(is_active=True, pk__in=members).order_by("name", "email")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Issue, form: Any, change: bool) -> None:
        """Make each change through its service, so that timeline, clocks and figures follow.

        The form holds the issue's row locked and has checked its version and the workflow: nothing can be refused here.
        """
        actor, values, changed = person_of(request), form.cleaned_data, set(form.changed_data)
        who: dict[str, Any] = {"issue_id": obj.pk, "actor": actor, "now": clock.now()}
        if {"department", "assignee"} & changed:
            assign_issue(**who, department=values["department"], assignee=values["assignee"])
        if {"severity", "category"} & changed:
            reclassify_issue(**who, severity=values["severity"], category=values["category"])
        if "status" in changed:
            transition_issue(**who, status=values["status"], note=values["note"].strip())
        if values["comment"].strip():
            self._comment(obj, actor, values, who["now"])
        obj.refresh_from_db()

    def _comment(self, issue: Issue, author: User, values: dict[str, Any], now: datetime) -> None:
        public = bool(values["comment_is_public"])
        add_comment(issue=issue, author=author, text=values["comment"], is_public=public, now=now)

    @admin.action(description=_("Acknowledge"), permissions=["change"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Issue]) -> None:
        """Acknowledge the chosen issues."""
        move_issues(request, queryset, IssueStatus.ACKNOWLEDGED)

    @admin.action(description=_("Resolve"), permissions=["change"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[Issue]) -> None:
        """Resolve the chosen issues."""
        move_issues(request, queryset, IssueStatus.RESOLVED)

    @shown(_("issue"), header=True, ordering="number")
    def titled(self, issue: Issue) -> list[str]:
        """Return number and title, with the address below."""
        return [f"#{issue.number} {issue.title}", issue.address]

    @shown(_("due"), ordering="promise__next_due_at")
    def due(self, issue: Issue) -> SafeString | str:
        """Return when the next promise falls due, the answer before the resolution; of ended work, how it went."""
        metrics: list[SLAMetric] = list(issue.sla_metrics.all())
        if not metrics:
            return NOTHING
        metric = metrics[0]
        if issue.status not in OPEN_STATUSES:
            outcome = Outcome(metric.resolution_outcome)
            return draw("staff/outcome.html", label=outcome.label, colour=OUTCOME_COLOURS[outcome.value])
        answered = metric.response_at is not None or metric.response_due_at is None
        if metric.state == RunState.PAUSED and answered:
            return str(RunState.PAUSED.label)
        return deadline(metric.resolution_due_at if answered else metric.response_due_at, now=clock.now())

    @shown(_("place"))
    def place(self, issue: Issue) -> str:
        """Return the coordinates."""
        return place(issue.lat, issue.lng)

    @shown(_("clocks"))
    @drawn_once
    def clocks(self, issue: Issue) -> SafeString:
        """Draw the issue's SLA clocks as they stand now."""
        return draw("staff/clocks.html", clocks=clocks_of(issue.pk, now=clock.now()))

    @shown(_("reports"))
    @drawn_once
    def reports_table(self, issue: Issue) -> SafeString:
        """List the reports that describe this problem, newest first."""
        shown = reports_of_issue(issue.pk, limit=SHOWN_REPORTS)
        more = max(issue.report_count - len(shown), 0)
        return draw("staff/reports_table.html", reports=shown, issue=issue, more=more)

    @shown(_("timeline"))
    @drawn_once
    def timeline_table(self, issue: Issue) -> SafeString:
        """List what happened to the issue lately, oldest first."""
        return draw("staff/timeline_table.html", timeline=timeline_of(issue))

    @shown(_("comments"))
    @drawn_once
    def comments_table(self, issue: Issue) -> SafeString:
        """List the latest comments, oldest first."""
        latest = Comment.objects.filter(issue=issue).select_related("author").order_by("-created_at", "-id")
        found = list(latest[: SHOWN_COMMENTS + 1])
        shortened = len(found) > SHOWN_COMMENTS
        comments = found[:SHOWN_COMMENTS][::-1]
        return draw("staff/comments_table.html", comments=comments, issue=issue, shortened=shortened)
