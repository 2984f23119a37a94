"""Which promise an issue gets: a tenant's active policies as one look-up table."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from apps.sla.engine import ALL_TIME, timeline
from apps.sla.models import SLAPolicy
from apps.sla.replay import ClockPlan
from apps.sla.rules import Metric, OpeningHours, TargetClock, fits


class Promise(NamedTuple):
    """What a clock holds an issue to; whole numbers and ids as its row stores them."""

    policy_id: int
    calendar_id: int
    clock: str
    target_seconds: int


class PromiseBook:
    """A tenant's promises by category and severity, and the plans that carry them out.

    Looked up rather than decided anew for every issue: 24 combinations serve any number of issues.
    """

    def __init__(self, policies: Iterable[SLAPolicy]) -> None:
        self._policies = [(policy, {(t.severity, t.metric): t for t in policy.targets.all()}) for policy in policies]
        self._hours: dict[int, OpeningHours] = {
            policy.calendar_id: policy.calendar.hours for policy, _ in self._policies
        }
        self._promises: dict[tuple[str, str], dict[Metric, Promise]] = {}
        self._plans: dict[Promise, ClockPlan] = {}

    def promises(self, category: str, severity: str) -> Mapping[Metric, Promise]:
        """Return what the first policy that matches promises, by metric; nothing when none does."""
        found = self._promises.get((category, severity))
        if found is None:
            found = self._promises[category, severity] = self._decide(category, severity)
        return found

    def _decide(self, category: str, severity: str) -> dict[Metric, Promise]:
        issue = {"category": category, "severity": severity}
        for policy, targets in self._policies:
            if fits(policy.match, issue):
                named = [(metric, targets.get((severity, metric.value))) for metric in Metric]
                return {
                    metric: Promise(policy.pk, policy.calendar_id, target.clock, target.minutes * 60)
                    for metric, target in named
                    if target is not None
                }
        return {}

    def plan(self, promise: Promise) -> ClockPlan:
        """Return how to carry out a promise; its calendar must be known (`know`)."""
        found = self._plans.get(promise)
        if found is None:
            by_hours = promise.clock == TargetClock.BUSINESS
            open_time = timeline(self._hours[promise.calendar_id]) if by_hours else ALL_TIME
            found = self._plans[promise] = ClockPlan(timedelta(seconds=promise.target_seconds), open_time, promise)
        return found

    def unknown_calendars(self, calendar_ids: Iterable[int]) -> set[int]:
        """Return which of these calendars, of earlier versions perhaps, still have to be read."""
        return set(calendar_ids) - self._hours.keys()

    def know(self, hours: Mapping[int, OpeningHours]) -> None:
        """Take in calendars that clocks still follow though no active policy does."""
        self._hours.update(hours)
