"""One batch of issues: what the database holds of their clocks, and what it is to hold."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from apps.sla.measuring import IssueFacts, measure
from apps.sla.models import EventKind, SLAClock, SLAEvent
from apps.sla.promises import Promise, PromiseBook
from apps.sla.replay import ClockPlan, Move, Replay
from apps.sla.rules import Metric, MoveKind
from apps.sla.services.rows import Row, breach_row, clock_rows, event_rows, metric_row

ClockKey = tuple[int, Metric]


@dataclass(slots=True)
class StoredClock:
    """A clock as the database holds it: its latest cycle, the promise of that, when it was breached, all its events."""

    cycle: int
    promise: Promise
    breached_at: datetime | None
    events: list[SLAEvent] = field(default_factory=list)

    def first_promise(self) -> Promise:
        """Return what was promised at the start, before any rematch."""
        before = next((event.before for event in self.events if event.kind == EventKind.REMATCH), None)
        return Promise(**before) if before else self.promise

    def calendar_ids(self) -> Iterator[int]:
        """Yield the calendars that the clock has followed."""
        yield self.promise.calendar_id
        for promise in chain.from_iterable((event.before, event.after) for event in self.events):
            if promise:
                yield promise["calendar_id"]


def stored_clocks(issue_ids: Sequence[int]) -> dict[ClockKey, StoredClock]:
    """Lock and read the clocks of issues with their histories, so that neither the sweep nor another worker writes in
    between. Two queries."""
    columns = ("issue_id", "metric", "cycle", "breached_at", *Promise._fields)
    clocks = SLAClock.objects.filter(issue_id__in=issue_ids).select_for_update().order_by("pk").values_list(*columns)
    stored: dict[ClockKey, StoredClock] = {}
    for issue_id, metric, cycle, breached_at, *promise in clocks:
        key = (issue_id, Metric(metric))
        if key not in stored or stored[key].cycle < cycle:
            stored[key] = StoredClock(cycle, Promise._make(promise), breached_at)
    events = SLAEvent.objects.filter(issue_id__in=issue_ids).exclude(kind=EventKind.BREACH)
    for event in events.order_by("at", "pk"):
        stored[event.issue_id, Metric(event.metric)].events.append(event)
    return stored


@dataclass
class Batch:
    """Measures issues one by one against what is stored, and collects the rows to write."""

    tenant_id: int
    now: datetime
    book: PromiseBook
    stored: Mapping[ClockKey, StoredClock] = field(default_factory=dict)
    fresh: Mapping[ClockKey, list[Move]] = field(default_factory=lambda: defaultdict(list))
    issue_ids: list[int] = field(default_factory=list)
    clocks: list[Row] = field(default_factory=list)
    metrics: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)

    def measure(self, issue: IssueFacts, *, rematch: bool = False) -> None:
        """Measure an issue's clocks; one that nobody has promised anything adds no rows."""
        promises = self.book.promises(issue.category, issue.severity)
        replays: dict[Metric, Replay] = {}
        for metric in Metric:
            clock = self.stored.get((issue.id, metric))
            promise = promises.get(metric)
            if clock is not None:
                replays[metric] = self._go_on(issue, metric, clock, promise if rematch else None)
            elif promise is not None:
                replays[metric] = self._replay(issue, metric, self.book.plan(promise), (), None)
        if len(replays) == len(Metric):
            self._collect(issue, replays)

    def _go_on(self, issue: IssueFacts, metric: Metric, clock: StoredClock, promise: Promise | None) -> Replay:
        first, fresh = clock.first_promise(), self.fresh[issue.id, metric]
        if promise is not None and promise != clock.promise:
            if issue.historic and not clock.events:
                first = promise  # measured as if it had always been so: nobody worked to the other promise
            else:
                fresh.append(Move(self.now, MoveKind.REMATCH, self.book.plan(promise)))
        moves = [self._move(event) for event in clock.events]
        return self._replay(issue, metric, self.book.plan(first), moves, clock)

    def _move(self, event: SLAEvent) -> Move:
        plan = self.book.plan(Promise(**event.after)) if event.kind == EventKind.REMATCH else None
        return Move(event.at, MoveKind(event.kind), plan)

    def _replay(
        self, issue: IssueFacts, metric: Metric, first: ClockPlan, moves: Sequence[Move], clock: StoredClock | None
    ) -> Replay:
        # What the sweep has seen pass stays passed, even for news that is older.
        seen = clock.breached_at + timedelta.resolution if clock is not None and clock.breached_at else self.now
        measured = measure(issue, metric, first, moves, self.fresh[issue.id, metric], max(self.now, seen))
        if measured.news:
            self.events.extend(event_rows(self.tenant_id, issue.id, metric, first, measured, self.now))
        reading = measured.replay.current
        # A clock that starts breached says so itself; only a breach that comes to a clock is an event.
        if clock is not None and clock.breached_at is None and reading.breached_at is not None:
            self.events.append(breach_row(self.tenant_id, issue.id, metric, reading, self.now))
        return measured.replay

    def _collect(self, issue: IssueFacts, replays: Mapping[Metric, Replay]) -> None:
        for metric, replay in replays.items():
            self.clocks.extend(clock_rows(self.tenant_id, issue.id, metric, replay, self.now))
        self.metrics.append(metric_row(self.tenant_id, issue, replays, self.now))
        self.issue_ids.append(issue.id)
