"""Calendars and policies (versioned, never edited), the clocks that follow them, and one summary row an issue."""

from typing import Any

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from apps.issues.models import Issue, Severity
from apps.sla import rules
from apps.tenants.models import TenantModel


class Metric(models.TextChoices):
    """rules.Metric with the words people see."""

    RESPONSE = rules.Metric.RESPONSE.value, _("first response")
    RESOLUTION = rules.Metric.RESOLUTION.value, _("resolution")


class TargetClock(models.TextChoices):
    """rules.TargetClock with the words people see."""

    BUSINESS = rules.TargetClock.BUSINESS.value, _("business time")
    CALENDAR = rules.TargetClock.CALENDAR.value, _("round the clock")


class RunState(models.TextChoices):
    """rules.RunState with the words people see."""

    RUNNING = rules.RunState.RUNNING.value, _("running")
    PAUSED = rules.RunState.PAUSED.value, _("paused")
    STOPPED = rules.RunState.STOPPED.value, _("stopped")
    CANCELLED = rules.RunState.CANCELLED.value, _("cancelled")


class Outcome(models.TextChoices):
    """rules.Outcome with the words people see."""

    PENDING = rules.Outcome.PENDING.value, _("pending")
    MET = rules.Outcome.MET.value, _("met")
    MISSED = rules.Outcome.MISSED.value, _("missed")
    CANCELLED = rules.Outcome.CANCELLED.value, _("cancelled")


class EventKind(models.TextChoices):
    """rules.EventKind with the words people see."""

    PAUSE = rules.EventKind.PAUSE.value, _("paused")
    RESUME = rules.EventKind.RESUME.value, _("resumed")
    STOP = rules.EventKind.STOP.value, _("stopped")
    REOPEN = rules.EventKind.REOPEN.value, _("reopened")
    REMATCH = rules.EventKind.REMATCH.value, _("matched again")
    BREACH = rules.EventKind.BREACH.value, _("breached")


def _outcome_field(label: Any) -> "models.CharField[str, str]":
    return models.CharField(label, max_length=9, choices=Outcome.choices, default=Outcome.PENDING)


class BusinessCalendar(TenantModel):
    """When a tenant works: one version of one calendar, never edited; the documents are read by rules.opening_hours."""

    name = models.CharField(_("name"), max_length=100)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    time_zone = models.CharField(_("time zone"), max_length=64)
    intervals = models.JSONField(
        _("intervals"), help_text=_("[{weekday: 0–6 (Monday is 0), start, end}], local minutes, 1440 is 24:00")
    )
    exceptions = models.JSONField(
        _("exceptions"), default=list, blank=True, help_text=_("[{date, kind: closed or hours, intervals, label}]")
    )

    class Meta(TenantModel.Meta):
        db_table = "business_calendars"
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name", "version"], name="uniq_business_calendars_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.version})"

    @property
    def hours(self) -> rules.OpeningHours:
        """Return the calendar as a value. Errors: CalendarInvalid for a document written past the services."""
        return rules.opening_hours(self.time_zone, self.intervals, self.exceptions)


class SLAPolicy(TenantModel):
    """What is promised for issues that match: the first active policy by position decides."""

    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"), default=100, help_text=_("the lowest that matches decides"))
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    match = models.JSONField(
        _("match"), default=dict, blank=True, help_text=_("category and severity, each a value or a list; {} is all")
    )
    calendar = models.ForeignKey(
        BusinessCalendar,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("calendar"),
    )

    class Meta(TenantModel.Meta):
        db_table = "sla_policies"
        verbose_name = _("SLA policy")
        verbose_name_plural = _("SLA policies")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name", "version"], name="uniq_sla_policies_name"),
            # selectors.active_policies; and a policy has one version in force.
            models.UniqueConstraint(
                fields=["tenant", "name"], name="uniq_sla_policies_active", condition=Q(is_active=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.version})"


class SLATarget(TenantModel):
    """How many minutes a policy gives one metric of issues of one severity."""

    policy = models.ForeignKey(
        SLAPolicy, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="targets"
    )
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    metric = models.CharField(_("metric"), max_length=10, choices=Metric.choices)
    minutes = models.PositiveIntegerField(_("minutes"))
    clock = models.CharField(_("clock"), max_length=8, choices=TargetClock.choices, default=TargetClock.BUSINESS)

    class Meta(TenantModel.Meta):
        db_table = "sla_targets"
        verbose_name = _("SLA target")
        verbose_name_plural = _("SLA targets")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "policy", "severity", "metric"], name="uniq_sla_targets_metric"),
        ]

    def __str__(self) -> str:
        return f"{self.severity}, {self.metric}: {self.minutes} min"


class SLAClock(TenantModel):
    """One cycle of one metric of one issue: the truth of what was promised and how it went (see replay.ClockReading).

    Policy, calendar and target are those in force; `outcome` is decided when the clock stops, `breached_at` is the due
    time that passed. Written by the services only.
    """

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="clocks"
    )
    metric = models.CharField(_("metric"), max_length=10, choices=Metric.choices)
    cycle = models.PositiveSmallIntegerField(_("cycle"), default=1)
    policy = models.ForeignKey(
        SLAPolicy,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("policy"),
    )
    calendar = models.ForeignKey(
        BusinessCalendar,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("calendar"),
    )
    clock = models.CharField(_("clock"), max_length=8, choices=TargetClock.choices)
    target_seconds = models.PositiveIntegerField(_("target, seconds"))
    state = models.CharField(_("state"), max_length=9, choices=RunState.choices)
    started_at = models.DateTimeField(_("started"))
    anchor_at = models.DateTimeField(_("counts since"), null=True)
    consumed_seconds = models.PositiveBigIntegerField(_("used before, seconds"), default=0)
    due_at = models.DateTimeField(_("due"), null=True)
    next_check_at = models.DateTimeField(_("next check"), null=True)
    breached_at = models.DateTimeField(_("breached"), null=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    outcome = _outcome_field(_("outcome"))
    first_outcome = _outcome_field(_("outcome of the first stop"))

    class Meta(TenantModel.Meta):
        db_table = "sla_clocks"
        verbose_name = _("SLA clock")
        verbose_name_plural = _("SLA clocks")
        constraints = [
            # selectors.clocks_of and the services' reading of the clocks they are about to write.
            models.UniqueConstraint(fields=["tenant", "issue", "metric", "cycle"], name="uniq_sla_clocks_cycle"),
        ]
        indexes = [
            # services.check_due_clocks: what is due next in any tenant; the one index that cannot begin with it.
            models.Index(
                fields=["next_check_at"],
                name="idx_sla_clocks_next_check",
                condition=Q(state="running", next_check_at__isnull=False),
            ),
            # selectors.running_clocks: a tenant's running clocks, the most urgent first.
            models.Index(fields=["tenant", "due_at"], name="idx_sla_clocks_running_due", condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self.metric} of issue {self.issue_id}, cycle {self.cycle}"


class SLAEvent(TenantModel):
    """A line of a clock's history: appended, never edited. Starting has none; the clock's own start says it."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    metric = models.CharField(_("metric"), max_length=10, choices=Metric.choices)
    cycle = models.PositiveSmallIntegerField(_("cycle"))
    at = models.DateTimeField(_("at"))
    kind = models.CharField(_("kind"), max_length=8, choices=EventKind.choices)
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "sla_events"
        verbose_name = _("SLA event")
        verbose_name_plural = _("SLA events")
        ordering = ["at", "id"]
        indexes = [
            # selectors.history_of, and the services' replay of some issues' moves.
            models.Index(fields=["tenant", "issue", "at"], name="idx_sla_events_issue_at"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.kind} at {self.at:%Y-%m-%d %H:%M}"


class SLAMetric(TenantModel):
    """The summary of an issue's clocks, the latest cycle of each metric: what lists, the API and figures read.

    An outcome is missed as soon as its due time has passed, stopped or not; seconds are counted the way the target is.
    """

    # No OneToOneField: its unique index would not begin with the tenant. The constraint below says the same.
    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="sla_metrics"
    )
    policy = models.ForeignKey(
        SLAPolicy,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("policy"),
    )
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    category = models.CharField(_("category"), max_length=14)
    started_at = models.DateTimeField(_("started"))
    state = models.CharField(_("state of the resolution clock"), max_length=9, choices=RunState.choices)
    response_due_at = models.DateTimeField(_("response due"), null=True)
    response_at = models.DateTimeField(_("first response"), null=True)
    response_outcome = _outcome_field(_("response"))
    response_seconds = models.PositiveBigIntegerField(_("seconds to response"), null=True)
    resolution_due_at = models.DateTimeField(_("resolution due"), null=True)
    resolution_at = models.DateTimeField(_("resolved"), null=True)
    resolution_outcome = _outcome_field(_("resolution"))
    resolution_seconds = models.PositiveBigIntegerField(_("seconds to resolution"), null=True)
    next_due_at = models.GeneratedField(
        expression=Least(
            Case(When(response_outcome="pending", then=F("response_due_at"))),
            Case(When(resolution_outcome="pending", then=F("resolution_due_at"))),
        ),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
        verbose_name=_("next due"),
    )

    class Meta(TenantModel.Meta):
        db_table = "sla_metrics"
        verbose_name = _("SLA metric")
        verbose_name_plural = _("SLA metrics")
        constraints = [
            # One row an issue; found from the issue (Issue.sla_metrics).
            models.UniqueConstraint(fields=["tenant", "issue"], name="uniq_sla_metrics_issue"),
        ]
        indexes = [
            # Newest first: /api/v1/sla/metrics/ and the changelist, by keyset; with what the list filters by, and what
            # insights counts of a day.
            models.Index(
                fields=["tenant", "-started_at", "-id"],
                include=["severity", "category", "state", "response_outcome", "resolution_outcome"],
                name="idx_sla_metrics_started_cover",
            ),
            # The same of one outcome: missed resolutions, missed responses.
            models.Index(
                fields=["tenant", "resolution_outcome", "-started_at", "-id"], name="idx_sla_metrics_resolved_as"
            ),
            models.Index(
                fields=["tenant", "response_outcome", "-started_at", "-id"], name="idx_sla_metrics_answered_as"
            ),
            # selectors.due_soon: what falls due next, response or resolution.
            models.Index(
                fields=["tenant", "next_due_at"],
                name="idx_sla_metrics_next_due",
                condition=Q(next_due_at__isnull=False),
            ),
            # selectors.attainment: counts and mean times of a tenant from the index alone.
            models.Index(
                fields=["tenant", "severity"],
                include=["response_outcome", "response_seconds", "resolution_outcome", "resolution_seconds"],
                name="idx_sla_metrics_attainment",
            ),
        ]

    def __str__(self) -> str:
        return f"SLA of issue {self.issue_id}"
