"""Figures computed ahead: a row a day, a row a month, a row a tenant. Rebuilt from raw rows at any time."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.issues.models import Category, IssueStatus, Severity
from apps.tenants.models import TenantModel


def _count(label: Any) -> "models.PositiveIntegerField[int, int]":
    return models.PositiveIntegerField(label, default=0)


def _sum(label: Any) -> "models.PositiveBigIntegerField[int, int]":
    return models.PositiveBigIntegerField(label, default=0)


class Rollup(TenantModel):
    """Figures of a stretch of days in one category and severity.

    Reports count on the day they were received, issues on the day of their first report and again on the day of their
    resolution, SLA outcomes on the day their clock started. Untriaged reports stand under empty words. The four
    statuses count the issues first reported then that stand there now. Seconds are sums over the stopped clocks,
    counted the way their targets are.
    """

    category = models.CharField(_("category"), max_length=14, choices=Category.choices, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices, blank=True)
    reports_received = _count(_("reports received"))
    issues_opened = _count(_("issues opened"))
    issues_resolved = _count(_("issues resolved"))
    now_open = _count(_("now open"))
    now_acknowledged = _count(_("now acknowledged"))
    now_in_progress = _count(_("now in progress"))
    now_on_hold = _count(_("now on hold"))
    promised = _count(_("issues with a promise"))
    response_met = _count(_("responses in time"))
    response_missed = _count(_("responses late"))
    response_pending = _count(_("responses due"))
    response_stopped = _count(_("responses measured"))
    response_seconds = _sum(_("seconds to response, sum"))
    resolution_met = _count(_("resolutions in time"))
    resolution_missed = _count(_("resolutions late"))
    resolution_pending = _count(_("resolutions due"))
    resolution_stopped = _count(_("resolutions measured"))
    resolution_seconds = _sum(_("seconds to resolution, sum"))

    class Meta(TenantModel.Meta):
        abstract = True


class DailyRollup(Rollup):
    """One local day of a tenant in one category and severity."""

    day = models.DateField(_("day"))

    class Meta(Rollup.Meta):
        db_table = "daily_rollups"
        verbose_name = _("daily rollup")
        verbose_name_plural = _("daily rollups")
        constraints = [
            # selectors.dashboard: a tenant's days in order; and no day twice.
            models.UniqueConstraint(fields=["tenant", "day", "category", "severity"], name="uniq_daily_rollups_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.category}/{self.severity}"


class MonthlyRollup(Rollup):
    """One month of a tenant in one category and severity: the sum of its days, for windows longer than a screen."""

    month = models.DateField(_("month"))

    class Meta(Rollup.Meta):
        db_table = "monthly_rollups"
        verbose_name = _("monthly rollup")
        verbose_name_plural = _("monthly rollups")
        constraints = [
            # selectors.dashboard for a year and more, counting.count_totals: a tenant's months in order.
            models.UniqueConstraint(
                fields=["tenant", "month", "category", "severity"], name="uniq_monthly_rollups_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.category}/{self.severity}"


class IssueCount(TenantModel):
    """How many issues that still need work stand in one status, category and severity."""

    status = models.CharField(_("status"), max_length=12, choices=IssueStatus.choices)
    category = models.CharField(_("category"), max_length=14, choices=Category.choices)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    issues = models.PositiveIntegerField(_("issues"), default=0)

    class Meta(TenantModel.Meta):
        db_table = "issue_counts"
        verbose_name = _("issue count")
        verbose_name_plural = _("issue counts")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "status", "category", "severity"], name="uniq_issue_counts_status"
            )
        ]

    def __str__(self) -> str:
        return f"{self.status}/{self.category}/{self.severity}: {self.issues}"


class TenantScore(TenantModel):
    """A tenant's totals, the span of its days, and how well it kept its promises (rules.score)."""

    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reports = _sum(_("reports"))
    issues = _sum(_("issues"))
    open_issues = _sum(_("open issues"))
    resolved_issues = _sum(_("resolved issues"))
    promised = _sum(_("issues with a promise"))
    response_met = _sum(_("responses in time"))
    response_missed = _sum(_("responses late"))
    response_pending = _sum(_("responses due"))
    response_stopped = _sum(_("responses measured"))
    response_seconds = _sum(_("seconds to response, sum"))
    resolution_met = _sum(_("resolutions in time"))
    resolution_missed = _sum(_("resolutions late"))
    resolution_pending = _sum(_("resolutions due"))
    resolution_stopped = _sum(_("resolutions measured"))
    resolution_seconds = _sum(_("seconds to resolution, sum"))
    score = models.FloatField(_("score"), null=True)
    refreshed_at = models.DateTimeField(_("refreshed"))

    class Meta(TenantModel.Meta):
        db_table = "tenant_scores"
        verbose_name = _("tenant score")
        verbose_name_plural = _("tenant scores")
        # selectors.open_issues, selectors.sla_attainment, selectors.dashboard: the tenant's one row.
        constraints = [models.UniqueConstraint(fields=["tenant"], name="uniq_tenant_scores_tenant")]

    def __str__(self) -> str:
        return f"score {self.score}"


class RollupMark(TenantModel):
    """A day whose figures are behind: written with the change itself, taken away with the recount.

    No unique constraint: two writers marking one day at once must not wait for each other.
    """

    day = models.DateField()

    class Meta(TenantModel.Meta):
        db_table = "rollup_marks"
        # services.refresh_rollups, the sweep and `behind` read by UNIQUE (tenant_id, id), which the migration adds.
