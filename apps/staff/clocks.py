"""Promises and clocks, for staff to read: policies, calendars, every clock, and the summary of each issue."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter

from apps.core import clock
from apps.sla.models import BusinessCalendar, RunState, SLAClock, SLAMetric, SLAPolicy, SLATarget
from apps.staff.base import ReadOnlyInline, ReadOnlyTenantAdmin
from apps.staff.columns import label_column, moment_column, shown
from apps.staff.drawing import OUTCOME_COLOURS, SEVERITY_COLOURS, deadline, draw, drawn_once, moment
from apps.staff.filters import DaysFilter, by_choice
from apps.staff.wording import days_of, length_in_words, match_in_words, week_of


class TargetInline(ReadOnlyInline):
    """What a policy promises for each severity."""

    model = SLATarget
    fields = ("severity", "metric", "allowed", "clock")
    readonly_fields = fields

    @shown(_("time allowed"))
    def allowed(self, target: SLATarget) -> str:
        """Return the time in hours, which is how promises are spoken of; what is under one in minutes."""
        return length_in_words(target.minutes)


@admin.register(SLAPolicy)
class SLAPolicyAdmin(ReadOnlyTenantAdmin):
    """Policies, the first to match first. A version never changes: an edit is a new version."""

    list_display = ("name", "version", "position", "matching", "calendar", "is_active")
    list_filter = (("is_active", BooleanRadioFilter),)
    list_select_related = ("calendar",)
    ordering = ("position", "name", "-version")
    inlines = (TargetInline,)
    fields = (("name", "version", "is_active"), ("position", "matching", "calendar"))
    readonly_fields = ("matching",)

    @shown(_("applies to"))
    def matching(self, policy: SLAPolicy) -> str:
        """Return in words which issues the policy is for."""
        return match_in_words(policy.match)


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(ReadOnlyTenantAdmin):
    """When a tenant works."""

    list_display = ("name", "version", "time_zone")
    ordering = ("name", "-version")
    fields = (("name", "version", "time_zone"), "week", "days_apart")
    readonly_fields = ("week", "days_apart")

    @shown(_("hours"))
    @drawn_once
    def week(self, calendar: BusinessCalendar) -> SafeString:
        """Draw the opening hours of the week."""
        return draw("staff/calendar_week.html", week=week_of(calendar))

    @shown(_("holidays and other days"))
    @drawn_once
    def days_apart(self, calendar: BusinessCalendar) -> SafeString:
        """List the days that differ from the week."""
        return draw("staff/calendar_days.html", days=days_of(calendar))


@admin.register(SLAMetric)
class SLAMetricAdmin(ReadOnlyTenantAdmin):
    """One row an issue: what was promised and what was kept."""

    list_display = ("issue", "shown_severity", "response", "response_due", "resolution", "resolution_due", "started")
    list_filter = (*by_choice("resolution_outcome", "response_outcome", "severity"), ("started_at", DaysFilter))
    newest_by = "started_at"
    list_select_related = ("issue",)
    ordering = ("-started_at", "-id")

    shown_severity = label_column("severity", _("severity"), SEVERITY_COLOURS)
    response = label_column("response_outcome", _("response"), OUTCOME_COLOURS)
    resolution = label_column("resolution_outcome", _("resolution"), OUTCOME_COLOURS)
    response_due = moment_column("response_due_at", _("response due"))
    resolution_due = moment_column("resolution_due_at", _("resolution due"))
    started = moment_column("started_at", _("started"))


@admin.register(SLAClock)
class SLAClockAdmin(ReadOnlyTenantAdmin):
    """Every clock, by its issue."""

    list_display = ("issue", "metric", "cycle", "state", "due", "result", "started")
    list_filter = by_choice("state", "outcome", "metric")
    list_select_related = ("issue",)
    ordering = ("-id",)
    newest_by = "id"

    result = label_column("outcome", _("outcome"), OUTCOME_COLOURS)
    started = moment_column("started_at", _("started"))

    @shown(_("due"), ordering="due_at")
    def due(self, timer: SLAClock) -> SafeString | str:
        """Return when the clock runs out, in red when a running one has."""
        return deadline(timer.due_at, now=clock.now()) if timer.state == RunState.RUNNING else moment(timer.due_at)
