"""The ledger of decisions: which issue a report was given to, by whom or what, why, and when that was undone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.issues.models import Issue
from apps.reports.models import Report
from apps.tenants.models import TenantModel


class PlacementMethod(models.TextChoices):
    """How a report came to its issue."""

    AUTO = "auto", _("joined automatically")
    NEW = "new", _("opened the issue")
    MANUAL = "manual", _("moved by a person")


class Placement(TenantModel):
    """One decision; appended, and only ever changed by being undone.

    `features` of an automatic link: metres, hours, text (0 to 1), address, contradictions, profile. Of a report that
    opened an issue: empty, or the same of the best issue refused, with its `score` and `issue_id` as `near_score` and
    `near_issue_id`.
    """

    report = models.ForeignKey(
        Report,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="placements",
        verbose_name=_("report"),
    )
    issue = models.ForeignKey(
        Issue,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="placements",
        verbose_name=_("issue"),
    )
    method = models.CharField(_("method"), max_length=6, choices=PlacementMethod.choices)
    score = models.FloatField(_("score"), null=True, help_text=_("0 to 1; empty when nothing was compared"))
    features = models.JSONField(_("features"), default=dict, blank=True)
    algorithm_version = models.CharField(_("algorithm"), max_length=10, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "placements"
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        constraints = [
            # selectors.current_placement; a report is in one place at a time.
            models.UniqueConstraint(
                fields=["tenant", "report"],
                name="uniq_placements_current",
                condition=models.Q(undone_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True) | models.Q(score__gte=0, score__lte=1),
                name="check_placements_score",
            ),
        ]
        indexes = [
            # selectors.placements_of_issue: how an issue's reports came to it.
            models.Index(fields=["tenant", "issue", "decided_at"], name="idx_placements_issue"),
            # selectors.history_of_report, undone decisions included.
            models.Index(fields=["tenant", "report", "id"], name="idx_placements_report"),
        ]

    def __str__(self) -> str:
        return f"report {self.report_id} → issue {self.issue_id} ({self.method})"
