"""Reads of policies, clocks and figures, all of the active tenant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, Q

from apps.sla.models import BusinessCalendar, Metric, Outcome, RunState, SLAClock, SLAEvent, SLAMetric, SLAPolicy
from apps.sla.promises import PromiseBook
from apps.sla.wording import remaining_text


@dataclass(frozen=True)
class MetricAttainment:
    """How one metric's promises went: counts of issues, and the mean seconds (as the targets count) to the stop."""

    met: int
    missed: int
    pending: int
    mean_seconds: float | None

    @property
    def share(self) -> float | None:
        """Return the share met of those decided, 0 to 1; None when none is."""
        decided = self.met + self.missed
        return self.met / decided if decided else None


@dataclass(frozen=True)
class Attainment:
    """A tenant's promises, first response and resolution."""

    issues: int
    response: MetricAttainment
    resolution: MetricAttainment


@dataclass(frozen=True)
class ClockView:
    """A clock as staff see it; `remaining` says in words what is left, or by how much it is late."""

    clock: SLAClock
    outcome: str
    remaining: str


def active_policies() -> list[SLAPolicy]:
    """Return the policies in force, the first to match first, with calendar and targets. Two queries."""
    policies = SLAPolicy.objects.filter(is_active=True).select_related("calendar").prefetch_related("targets")
    return list(policies.order_by("position", "name"))


def promise_book() -> PromiseBook:
    """Return the policies in force as a look-up table. Two queries."""
    return PromiseBook(active_policies())


def learn_calendars(book: PromiseBook, calendar_ids: Iterable[int]) -> None:
    """Give a book the calendars that it lacks. One query, or none."""
    unknown = book.unknown_calendars(calendar_ids)
    if unknown:
        book.know({calendar.pk: calendar.hours for calendar in BusinessCalendar.objects.filter(pk__in=unknown)})


def attainment(*, severity: str | None = None) -> Attainment:
    """Count how the active tenant's promises went. One query, answered by a covering index alone."""
    rows = SLAMetric.objects.filter(severity=severity) if severity else SLAMetric.objects.all()
    counts = {
        f"{metric}_{outcome}": Count(f"{metric}_outcome", filter=Q(**{f"{metric}_outcome": outcome}))
        for metric in Metric.values
        for outcome in (Outcome.MET.value, Outcome.MISSED.value, Outcome.PENDING.value)
    }
    means = {f"{metric}_mean_seconds": Avg(f"{metric}_seconds") for metric in Metric.values}
    found = rows.aggregate(issues=Count("severity"), **counts, **means)
    return Attainment(found["issues"], *(_metric_attainment(found, metric) for metric in Metric.values))


def _metric_attainment(found: dict[str, float], metric: str) -> MetricAttainment:
    names = ("met", "missed", "pending", "mean_seconds")
    return MetricAttainment(*(found[f"{metric}_{name}"] for name in names))  # type: ignore[arg-type]


def clocks_of(issue_id: int, *, now: datetime) -> list[ClockView]:
    """Return an issue's clocks, response before resolution, cycles in order, with what is left in words. One query."""
    clocks = SLAClock.objects.filter(issue_id=issue_id).select_related("policy", "calendar")
    return [_view(clock, now) for clock in clocks.order_by("-metric", "cycle")]


def _view(clock: SLAClock, now: datetime) -> ClockView:
    overdue = clock.breached_at is not None or (clock.next_check_at is not None and clock.next_check_at < now)
    outcome = Outcome.MISSED.value if overdue and clock.outcome == Outcome.PENDING else clock.outcome
    words = remaining_text(
        state=clock.state,
        outcome=outcome,
        due_at=clock.due_at,
        stopped_at=clock.stopped_at,
        left_seconds=clock.target_seconds - clock.consumed_seconds,
        now=now,
    )
    return ClockView(clock, outcome, words)


def history_of(issue_id: int) -> list[SLAEvent]:
    """Return what happened to an issue's clocks, oldest first. One query."""
    return list(SLAEvent.objects.filter(issue_id=issue_id).order_by("at", "id"))


def running_clocks(*, limit: int = 50) -> list[SLAClock]:
    """Return the tenant's running clocks with their issues, the most urgent first. One query."""
    clocks = SLAClock.objects.filter(state=RunState.RUNNING).select_related("issue")
    return list(clocks.order_by("due_at")[:limit])


def due_soon(*, before: datetime, limit: int = 50) -> list[SLAMetric]:
    """Return the metrics with a promise that falls due before a moment, the soonest first. One query."""
    return list(
        SLAMetric.objects.filter(next_due_at__lt=before).select_related("issue").order_by("next_due_at")[:limit]
    )
