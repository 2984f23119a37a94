"""Which tenants are invented, and the truth about what their citizens report."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.issues.models import Category, Severity
from apps.reports.models import Report
from apps.tenants.models import TenantModel


class DemoCity(TenantModel):
    """A tenant that is invented, and what it takes to invent it again.

    `written` counts the reports stored so far of a city that is written finished, with issues and all that follows;
    it is empty for a city whose reports the pipeline works through. `finished_at` tells when such a city was complete,
    its clocks and figures included.
    """

    seed = models.BigIntegerField(_("seed"))
    until = models.DateTimeField(_("present of the city"))
    problems = models.PositiveIntegerField(_("problems"))
    reports = models.PositiveIntegerField(_("reports"))
    written = models.PositiveIntegerField(_("reports written finished"), null=True)
    finished_at = models.DateTimeField(_("complete since"), null=True)

    class Meta(TenantModel.Meta):
        db_table = "demo_cities"
        verbose_name = _("demo city")
        verbose_name_plural = _("demo cities")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="uniq_demo_cities_tenant")]

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.reports} reports until {self.until:%Y-%m-%d}"


class DemoTruth(TenantModel):
    """What one invented report is really about; triage and grouping are scored against it and never read it.

    `problem` numbers the physical problem within its city; `vague` says that the text does not tell what it is about.
    """

    report = models.ForeignKey(
        Report,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("report"),
    )
    problem = models.BigIntegerField(_("problem"))
    service_code = models.CharField(_("service code"), max_length=100)
    category = models.CharField(_("category"), max_length=14, choices=Category.choices)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    vague = models.BooleanField(_("vague"), default=False)

    class Meta(TenantModel.Meta):
        db_table = "demo_truths"
        verbose_name = _("demo truth")
        verbose_name_plural = _("demo truths")
        # selectors.triage_accuracy and grouping_quality join reports by it; a report has one truth.
        constraints = [models.UniqueConstraint(fields=["tenant", "report"], name="uniq_demo_truths_report")]

    def __str__(self) -> str:
        return f"problem {self.problem}: {self.service_code}, {self.severity}"
