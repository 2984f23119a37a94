"""Figures computed ahead: a row a day, a row a tenant. Rebuilt from raw rows at any time, day by day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.issues.models import Category, IssueStatus, Severity
from apps.tenants.models import TenantModel


class DailyRollup(TenantModel):
    """One local day of a tenant in one category and severity.

    Reports count on the day they were received, issues on the day of their first report and again on the day of their
    resolution, SLA outcomes on the day their clock started. Untriaged reports stand under empty words.
    """

    day = models.DateField(_("day"))
    category = models.CharField(_("category"), max_length=14, choices=Category.choices, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices, blank=True)
    reports_received = models.PositiveIntegerField(_("reports received"), default=0)
    issues_opened = models.PositiveIntegerField(_("issues opened"), default=0)
    issues_resolved = models.PositiveIntegerField(_("issues resolved"), default=0)
    response_met = models.PositiveIntegerField(_("responses in time"), default=0)
    response_missed = models.PositiveIntegerField(_("responses late"), default=0)
    resolution_met = models.PositiveIntegerField(_("resolutions in time"), default=0)
    resolution_missed = models.PositiveIntegerField(_("resolutions late"), default=0)

    class Meta(TenantModel.Meta):
        db_table = "daily_rollups"
        verbose_name = _("daily rollup")
        verbose_name_plural = _("daily rollups")
        constraints = [
            # selectors.dashboard: a tenant's days in order; and no day twice.
            models.UniqueConstraint(fields=["tenant", "day", "category", "severity"], name="uniq_daily_rollups_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.category}/{self.severity}"


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
    """A tenant's totals, and how well it kept its promises (rules.score)."""

    reports = models.PositiveBigIntegerField(_("reports"), default=0)
    issues = models.PositiveBigIntegerField(_("issues"), default=0)
    open_issues = models.PositiveBigIntegerField(_("open issues"), default=0)
    resolved_issues = models.PositiveBigIntegerField(_("resolved issues"), default=0)
    response_met = models.PositiveBigIntegerField(_("responses in time"), default=0)
    response_missed = models.PositiveBigIntegerField(_("responses late"), default=0)
    resolution_met = models.PositiveBigIntegerField(_("resolutions in time"), default=0)
    resolution_missed = models.PositiveBigIntegerField(_("resolutions late"), default=0)
    score = models.FloatField(_("score"), null=True)
    refreshed_at = models.DateTimeField(_("refreshed"))

    class Meta(TenantModel.Meta):
        db_table = "tenant_scores"
        verbose_name = _("tenant score")
        verbose_name_plural = _("tenant scores")
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
        indexes = [
            # services.refresh_rollups and the sweep: what is behind, oldest mark first.
            models.Index(fields=["tenant", "id"], name="idx_rollup_marks_tenant"),
        ]
