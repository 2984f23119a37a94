"""Clocks, summaries and events as rows for bulk writing, and their writing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.core.bulk import Upsert, copy_insert
from apps.sla.measuring import IssueFacts, Measurement
from apps.sla.replay import ClockPlan, ClockReading, Replay
from apps.sla.rules import EventKind, Metric

Row = tuple[Any, ...]
_SECOND = timedelta(seconds=1)
CLOCK_KEY = ("tenant_id", "issue_id", "metric", "cycle")
CLOCK_VALUES = (
    "policy_id",
    "calendar_id",
    "clock",
    "target_seconds",
    "state",
    "started_at",
    "anchor_at",
    "consumed_seconds",
    "due_at",
    "next_check_at",
    "breached_at",
    "stopped_at",
    "outcome",
    "first_outcome",
)
METRIC_KEY = ("tenant_id", "issue_id")
METRIC_VALUES = (
    "policy_id",
    "severity",
    "category",
    "started_at",
    "state",
    *(f"{metric.value}_{name}" for metric in Metric for name in ("due_at", "at", "outcome", "seconds")),
)
EVENT_COLUMNS = ("tenant_id", "issue_id", "metric", "cycle", "at", "kind", "before", "after", "created_at")


def clock_rows(tenant_id: int, issue_id: int, metric: Metric, replay: Replay, now: datetime) -> Iterator[Row]:
    """Yield a row a cycle: CLOCK_KEY, CLOCK_VALUES, created_at."""
    for reading in replay.cycles:
        yield (tenant_id, issue_id, metric.value, reading.cycle, *reading.plan.promise, *_reading_values(reading), now)


def _reading_values(reading: ClockReading) -> Row:
    return (
        reading.state.value,
        reading.started_at,
        reading.anchor_at,
        reading.consumed // _SECOND,
        reading.due_at,
        reading.next_check_at,
        reading.breached_at,
        reading.stopped_at,
        reading.outcome.value,
        reading.first_outcome.value,
    )


def metric_row(tenant_id: int, facts: IssueFacts, replays: Mapping[Metric, Replay], now: datetime) -> Row:
    """Return the summary of an issue's clocks: METRIC_KEY, METRIC_VALUES, created_at."""
    last = replays[Metric.RESOLUTION].current
    parts = [value for metric in Metric for value in _metric_values(replays[metric].current)]
    head = (last.plan.promise.policy_id, facts.severity, facts.category, facts.first_report_at, last.state.value)
    return (tenant_id, facts.id, *head, *parts, now)


def _metric_values(reading: ClockReading) -> Row:
    seconds = reading.consumed // _SECOND if reading.stopped_at else None
    return (reading.due_at, reading.stopped_at, reading.expected.value, seconds)


def event_rows(
    tenant_id: int, issue_id: int, metric: Metric, first: ClockPlan, measured: Measurement, now: datetime
) -> Iterator[Row]:
    """Yield a row for each move that is news: EVENT_COLUMNS. A rematch tells the promises before and after."""
    news = {id(move) for _, move in measured.news}
    promise = first.promise
    for cycle, move in measured.replay.effective:
        before, after = {}, {}
        if move.plan is not None:
            before, after = promise._asdict(), move.plan.promise._asdict()
            promise = move.plan.promise
        if id(move) in news:
            yield (tenant_id, issue_id, metric.value, cycle, move.at, move.kind.value, before, after, now)


def breach_row(tenant_id: int, issue_id: int, metric: Metric, reading: ClockReading, now: datetime) -> Row:
    """Return the event of a due time that passed: EVENT_COLUMNS."""
    at, kind = reading.breached_at, EventKind.BREACH.value
    return (tenant_id, issue_id, metric.value, reading.cycle, at, kind, {}, {}, now)


def write_new(clocks: Sequence[Row], metrics: Sequence[Row], events: Sequence[Row]) -> int:
    """Insert clocks that nobody else has started meanwhile, with their summaries; return how many."""
    written = copy_insert(
        table="sla_clocks", columns=(*CLOCK_KEY, *CLOCK_VALUES, "created_at"), rows=clocks, conflict="nothing"
    )
    copy_insert(
        table="sla_metrics", columns=(*METRIC_KEY, *METRIC_VALUES, "created_at"), rows=metrics, conflict="nothing"
    )
    _append(events)
    return written.inserted


def write_again(clocks: Sequence[Row], metrics: Sequence[Row], events: Sequence[Row]) -> int:
    """Insert or overwrite clocks and summaries, leaving alone what did not change; return how many clocks did."""
    written = copy_insert(
        table="sla_clocks",
        columns=(*CLOCK_KEY, *CLOCK_VALUES, "created_at"),
        rows=clocks,
        conflict=Upsert(target=CLOCK_KEY, update=CLOCK_VALUES, skip_unchanged=True),
    )
    copy_insert(
        table="sla_metrics",
        columns=(*METRIC_KEY, *METRIC_VALUES, "created_at"),
        rows=metrics,
        conflict=Upsert(target=METRIC_KEY, update=METRIC_VALUES, skip_unchanged=True),
    )
    _append(events)
    return written.inserted + written.updated


def _append(events: Sequence[Row]) -> None:
    if events:
        copy_insert(table="sla_events", columns=EVENT_COLUMNS, rows=events)
