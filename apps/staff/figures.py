"""What the machinery writes and staff read: clocks, policies, triage, placements, figures."""

from django.contrib import admin

from apps.grouping.models import Placement
from apps.insights.models import DailyRollup, TenantScore
from apps.sla.models import BusinessCalendar, SLAClock, SLAMetric, SLAPolicy, SLATarget
from apps.staff.base import ReadOnlyInline, ReadOnlyTenantAdmin
from apps.triage.models import Classification, ClassificationBatch


class TargetInline(ReadOnlyInline):
    """What a policy promises for each severity."""

    model = SLATarget
    fields = ("severity", "metric", "minutes", "clock")
    readonly_fields = fields


@admin.register(SLAPolicy)
class SLAPolicyAdmin(ReadOnlyTenantAdmin):
    """Policies, the first to match first. A version never changes: an edit is a new version."""

    list_display = ("name", "version", "position", "is_active", "calendar")
    list_filter = ("is_active",)
    list_select_related = ("calendar",)
    ordering = ("position", "name", "-version")
    inlines = (TargetInline,)


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(ReadOnlyTenantAdmin):
    """When a tenant works."""

    list_display = ("name", "version", "time_zone")
    ordering = ("name", "-version")


@admin.register(SLAMetric)
class SLAMetricAdmin(ReadOnlyTenantAdmin):
    """One row an issue: what was promised and what was kept."""

    list_display = (
        *("issue", "severity", "state", "response_due_at", "response_outcome", "resolution_due_at"),
        *("resolution_outcome", "started_at"),
    )
    list_filter = ("resolution_outcome", "response_outcome", "severity")
    list_select_related = ("issue",)
    ordering = ("-started_at", "-id")


@admin.register(SLAClock)
class SLAClockAdmin(ReadOnlyTenantAdmin):
    """Every clock, by its issue."""

    list_display = ("issue", "metric", "cycle", "state", "due_at", "outcome", "started_at")
    list_filter = ("state", "outcome", "metric")
    list_select_related = ("issue",)
    ordering = ("-id",)


@admin.register(ClassificationBatch)
class ClassificationBatchAdmin(ReadOnlyTenantAdmin):
    """Triage's calls: what was asked, what it cost, what came back."""

    list_display = (
        *("started_at", "provider", "model", "prompt_version", "item_count", "fallback_count", "outcome"),
        *("tokens_in", "tokens_out", "latency_ms"),
    )
    list_filter = ("outcome", "provider")
    ordering = ("-started_at", "-id")


@admin.register(Classification)
class ClassificationAdmin(ReadOnlyTenantAdmin):
    """Triage's answers, and people's corrections of them."""

    list_display = ("report", "method", "category", "severity", "service", "confidence", "is_current", "created_at")
    list_filter = ("method", "category", "severity", "is_current")
    list_select_related = ("report", "service")
    ordering = ("-id",)


@admin.register(Placement)
class PlacementAdmin(ReadOnlyTenantAdmin):
    """Which report belongs to which issue, and why."""

    list_display = ("report", "issue", "method", "score", "algorithm_version", "decided_at", "undone_at")
    list_filter = ("method", "algorithm_version")
    list_select_related = ("report", "issue")
    ordering = ("-id",)


@admin.register(DailyRollup)
class DailyRollupAdmin(ReadOnlyTenantAdmin):
    """The figures of each day."""

    list_display = (
        *("day", "category", "severity", "reports_received", "issues_opened", "issues_resolved"),
        *("resolution_met", "resolution_missed"),
    )
    list_filter = ("category", "severity")
    ordering = ("-day", "category", "severity")


@admin.register(TenantScore)
class TenantScoreAdmin(ReadOnlyTenantAdmin):
    """The tenant's totals and score."""

    list_display = ("score", "reports", "issues", "open_issues", "resolved_issues", "refreshed_at")
    ordering = ("-id",)
