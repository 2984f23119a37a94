"""Figures computed ahead, for staff to read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.insights.models import DailyRollup, TenantScore
from apps.staff.base import ReadOnlyTenantAdmin
from apps.staff.columns import moment_column
from apps.staff.filters import by_choice


@admin.register(DailyRollup)
class DailyRollupAdmin(ReadOnlyTenantAdmin):
    """The figures of each day."""

    list_display = (
        *("day", "category", "severity", "reports_received", "issues_opened", "issues_resolved"),
        *("resolution_met", "resolution_missed"),
    )
    list_filter = by_choice("category", "severity")
    ordering = ("-day", "category", "severity")
    newest_by = "day"


@admin.register(TenantScore)
class TenantScoreAdmin(ReadOnlyTenantAdmin):
    """The tenant's totals and score."""

    list_display = ("score", "reports", "issues", "open_issues", "resolved_issues", "refreshed")
    ordering = ("-id",)

    refreshed = moment_column("refreshed_at", _("refreshed"))
