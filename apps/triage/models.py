"""Why a report has the category and severity that it has: the runs of triage, and every answer it ever got."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.issues.models import Category, Severity
from apps.reports.models import Report, Service
from apps.tenants.models import TenantModel


class Method(models.TextChoices):
    """Who answered."""

    LLM = "llm", _("language model")
    RULES = "rules", _("rules")
    PERSON = "person", _("person")


class BatchOutcome(models.TextChoices):
    """How a batch went; the last six are a provider's failures (client.py)."""

    COMPLETE = "complete", _("complete")
    PARTIAL = "partial", _("some answers unusable")
    UNUSABLE = "unusable", _("no usable answer")
    TIMEOUT = "timeout", _("timed out")
    UNREACHABLE = "unreachable", _("unreachable")
    RATE_LIMITED = "rate_limited", _("rate limited")
    SERVER_ERROR = "server_error", _("server error")
    REFUSED = "refused", _("refused")
    GARBLED = "garbled", _("garbled")


class ClassificationBatch(TenantModel):
    """One run over some reports: one call of a provider, or one transaction of rules.

    `provider` is `rules` or the provider's host; `model` the model's or the rules' version. `fallback_count` counts the
    reports of this batch that rules had to answer because the model did not. Money is in micros of the currency of the
    operator's price list.
    """

    provider = models.CharField(_("provider"), max_length=200)
    model = models.CharField(_("model"), max_length=100)
    prompt_version = models.CharField(_("prompt version"), max_length=20, blank=True)
    item_count = models.PositiveIntegerField(_("reports"))
    tokens_in = models.PositiveIntegerField(_("tokens in"), default=0)
    tokens_out = models.PositiveIntegerField(_("tokens out"), default=0)
    tokens_cached = models.PositiveIntegerField(_("of these in, cached"), default=0)
    cost_micros = models.BigIntegerField(_("cost in micros"), default=0)
    latency_ms = models.PositiveIntegerField(_("latency in ms"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    outcome = models.CharField(_("outcome"), max_length=12, choices=BatchOutcome.choices)
    error = models.TextField(_("what was wrong"), blank=True)
    fallback_count = models.PositiveIntegerField(_("left to rules"), default=0)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"))

    class Meta(TenantModel.Meta):
        db_table = "classification_batches"
        verbose_name = _("classification batch")
        verbose_name_plural = _("classification batches")
        indexes = [
            # selectors.recent_batches and the changelist: newest first.
            models.Index(fields=["tenant", "-started_at", "-id"], name="idx_class_batches_tenant_start"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.model}, {self.item_count}"


class Classification(TenantModel):
    """One answer about one report; never edited but for `is_current`, which tells the one that counts.

    An answer that came too late (a person or another worker was faster) is kept with `is_current` false. `confidence`
    is 0 to 1, a person's is 1. `terms` are the words that decided, `reason` the model's or the person's own words.
    """

    report = models.ForeignKey(
        Report,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="classifications",
        verbose_name=_("report"),
    )
    batch = models.ForeignKey(
        ClassificationBatch,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="classifications",
        verbose_name=_("batch"),
    )
    method = models.CharField(_("method"), max_length=6, choices=Method.choices)
    category = models.CharField(_("category"), max_length=14, choices=Category.choices)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    service = models.ForeignKey(
        Service,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("service"),
    )
    confidence = models.FloatField(_("confidence"))
    terms = models.JSONField(_("words that decided"), default=list, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    is_current = models.BooleanField(_("counts"), default=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("corrected by"),
    )

    class Meta(TenantModel.Meta):
        db_table = "classifications"
        verbose_name = _("classification")
        verbose_name_plural = _("classifications")
        constraints = [
            # One answer counts; selectors.classification_of reads it by the same index.
            models.UniqueConstraint(
                fields=["tenant", "report"], name="uniq_classifications_current", condition=Q(is_current=True)
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0.0) & Q(confidence__lte=1.0), name="check_classifications_conf"
            ),
        ]
        indexes = [
            # selectors.classification_history: every answer about one report, newest first.
            models.Index(fields=["tenant", "report", "-id"], name="idx_classifications_report"),
            # The answers of one batch, in the admin and at /triage/batches/<id>/.
            models.Index(
                fields=["tenant", "batch", "id"],
                name="idx_classifications_batch",
                condition=Q(batch__isnull=False),
            ),
            # selectors.recent_corrections: what people taught; and later the training set.
            models.Index(fields=["tenant", "-id"], name="idx_classifications_corrected", condition=Q(method="person")),
        ]

    def __str__(self) -> str:
        return f"{self.category}, {self.severity} ({self.method})"
