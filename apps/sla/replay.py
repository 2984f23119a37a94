"""What a clock reads: a pure replay of its moves.

A clock is never patched: its reading is computed from its start, its plan and everything that happened to it, so that
late, repeated and back-dated news all lead to the same answer, and so that any answer can be explained.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from apps.sla.engine import OpenTime
from apps.sla.rules import MoveKind, Outcome, RunState

# A reopening within a week is the same complaint about the same work (docs/sla.md, 5; a starting value).
REOPEN_GRACE = timedelta(days=7)
ZERO = timedelta(0)


class ClockPlan(NamedTuple):
    """What was promised: how much time, counted how; `promise` is the caller's own record of it."""

    target: timedelta
    open_time: OpenTime
    promise: Any = None


class Move(NamedTuple):
    """Something that happened to a clock; a rematch brings the plan that holds from then on."""

    at: datetime
    kind: MoveKind
    plan: ClockPlan | None = None


@dataclass(slots=True)
class ClockReading:
    """What one cycle of a clock reads; `plan` is the one in force, or last in force.

    `due_at` is None while paused (unless already breached); `consumed` counts up to `anchor_at`, or finally when the
    clock is not running; `breached_at` is the due time that passed, never the time at which somebody noticed;
    `first_outcome` keeps the outcome of the first stop when the issue was reopened.
    """

    plan: ClockPlan
    cycle: int
    started_at: datetime
    anchor_at: datetime | None
    due_at: datetime | None
    state: RunState = RunState.RUNNING
    consumed: timedelta = ZERO
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    outcome: Outcome = Outcome.PENDING
    first_outcome: Outcome = Outcome.PENDING

    @property
    def next_check_at(self) -> datetime | None:
        """Return when time alone will next change this reading: at the due time, while it lies ahead."""
        return self.due_at if self.state == RunState.RUNNING and self.breached_at is None else None

    @property
    def expected(self) -> Outcome:
        """Return the outcome as far as it is certain: a passed due time is a miss before anybody stops the clock."""
        return Outcome.MISSED if self.breached_at and self.outcome == Outcome.PENDING else self.outcome


@dataclass(frozen=True, slots=True)
class Replay:
    """Every cycle of a clock, the last one current, and the moves that had an effect, each with its cycle."""

    cycles: tuple[ClockReading, ...]
    effective: tuple[tuple[int, Move], ...]

    @property
    def current(self) -> ClockReading:
        """Return the reading of the latest cycle."""
        return self.cycles[-1]


def replay_clock(
    plan: ClockPlan, started_at: datetime, moves: Iterable[Move], now: datetime, *, grace: timedelta = REOPEN_GRACE
) -> Replay:
    """Replay the moves of a clock up to now.

    Moves may come in any order; those of one instant keep the given order. A move that does not fit (a second pause, a
    resume without one) has no effect, so repeated news changes nothing. Moves before the start count from the start.
    Errors: CalendarHorizonExceeded when a due time lies more than five years ahead.
    """
    run = _Run(plan, started_at, grace)
    for move in sorted(moves, key=_moment):
        if move.at > now:
            break
        run.notice_breach(move.at)
        if _APPLY[move.kind](run, move):
            run.effective.append((run.reading.cycle, move))
    run.notice_breach(now)
    return Replay(tuple(run.cycles), tuple(run.effective))


def _moment(move: Move) -> datetime:
    return move.at


class _Run:
    """The clock while it is replayed. Each move answers whether it had an effect."""

    def __init__(self, plan: ClockPlan, started_at: datetime, grace: timedelta) -> None:
        self.plan = plan
        self.grace = grace
        self.cycles = [self._cycle(1, started_at)]
        self.effective: list[tuple[int, Move]] = []

    @property
    def reading(self) -> ClockReading:
        return self.cycles[-1]

    def _cycle(self, number: int, at: datetime) -> ClockReading:
        return ClockReading(self.plan, number, at, at, self.plan.open_time.after(at, self.plan.target))

    def notice_breach(self, at: datetime) -> None:
        due = self.reading.next_check_at
        if due is not None and due < at:
            self.reading.breached_at = due

    def pause(self, move: Move) -> bool:
        reading = self.reading
        if reading.state != RunState.RUNNING:
            return False
        self._halt(move.at, RunState.PAUSED)
        if reading.breached_at is None:
            reading.due_at = None
        return True

    def resume(self, move: Move) -> bool:
        if self.reading.state != RunState.PAUSED:
            return False
        self._go_on(move.at)
        return True

    def stop(self, move: Move) -> bool:
        reading = self.reading
        if reading.state == RunState.STOPPED:
            return False
        if reading.due_at is None:  # paused: what was left is counted from here, so that a due time can be shown
            reading.due_at = self._due(move.at)
        self._halt(move.at, RunState.STOPPED)
        reading.stopped_at = move.at
        reading.outcome = Outcome.MISSED if reading.breached_at else Outcome.MET
        if reading.first_outcome == Outcome.PENDING:
            reading.first_outcome = reading.outcome
        return True

    def reopen(self, move: Move) -> bool:
        """Go on within the grace, the time while it was resolved not counted; after it begin a new cycle."""
        reading = self.reading
        if reading.stopped_at is None:
            return False
        if move.at - reading.stopped_at > self.grace:
            self.cycles.append(self._cycle(reading.cycle + 1, move.at))
            return True
        reading.stopped_at, reading.outcome = None, Outcome.PENDING
        self._go_on(move.at)
        return True

    def rematch(self, move: Move) -> bool:
        """Keep the time used and count what the new target leaves by the new hours; closed cycles stay as they are.

        What is over the new target is breached now. A breach of the old target is withdrawn when the new one allows.
        """
        reading = self.reading
        if move.plan is None or reading.state == RunState.STOPPED or move.plan == self.plan:
            return False
        state, breached_at = reading.state, reading.breached_at
        if state == RunState.RUNNING:
            self._halt(move.at, state)
        self.plan = reading.plan = move.plan
        over = reading.consumed > self.plan.target
        reading.breached_at = (breached_at or move.at) if over else None
        if state == RunState.RUNNING:
            reading.anchor_at = move.at
        reading.due_at = reading.breached_at or (self._due(move.at) if state == RunState.RUNNING else None)
        return True

    def _halt(self, at: datetime, state: RunState) -> None:
        reading = self.reading
        if reading.anchor_at is not None:
            reading.consumed += self.plan.open_time.between(reading.anchor_at, at)
        reading.anchor_at, reading.state = None, state

    def _go_on(self, at: datetime) -> None:
        reading = self.reading
        reading.state, reading.anchor_at = RunState.RUNNING, at
        if reading.breached_at is None:
            reading.due_at = self._due(at)

    def _due(self, at: datetime) -> datetime:
        return self.plan.open_time.after(at, max(ZERO, self.plan.target - self.reading.consumed))


_APPLY: Mapping[MoveKind, Callable[[_Run, Move], bool]] = {
    MoveKind.PAUSE: _Run.pause,
    MoveKind.RESUME: _Run.resume,
    MoveKind.STOP: _Run.stop,
    MoveKind.REOPEN: _Run.reopen,
    MoveKind.REMATCH: _Run.rematch,
}
