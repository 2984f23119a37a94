"""What happened to an issue, as moves of its clocks, and the measurement that follows. No database in here."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from apps.issues.events import IssueStatusChange
from apps.issues.models import OPEN_STATUSES, IssueStatus
from apps.sla.replay import ClockPlan, Move, Replay, replay_clock
from apps.sla.rules import Metric, MoveKind, RunState

_OPEN = frozenset(status.value for status in OPEN_STATUSES)
_ON_HOLD = IssueStatus.ON_HOLD.value
_UNANSWERED = frozenset({IssueStatus.OPEN.value, _ON_HOLD})


class IssueFacts(NamedTuple):
    """What clocks need to know of an issue; the field names are its columns."""

    id: int
    category: str
    severity: str
    status: str
    first_report_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    historic: bool


def moves_of_columns(facts: IssueFacts, metric: Metric) -> Iterator[Move]:
    """Tell how the issue's own times stopped a clock.

    The first thing that staff did answers the report, be it a resolution. An issue that is past a step without having
    its time (imports) is taken to have passed it when it was last touched.
    """
    ended = facts.status not in _OPEN
    done = [at for at in (facts.resolved_at, facts.closed_at) if at is not None and ended]
    passed = ended
    if metric == Metric.RESPONSE:
        done += [facts.acknowledged_at] if facts.acknowledged_at else []
        passed = facts.status not in _UNANSWERED
    if done or passed:
        yield Move(min(done, default=facts.updated_at), MoveKind.STOP)


def moves_of_change(change: IssueStatusChange, metric: Metric) -> Iterator[Move]:
    """Tell what one step of the workflow does to a clock.

    The first response is the first step that tells the reporter something, once and for all; putting on hold does not.
    A reopening names the resolution it withdrew, which the issue no longer carries, so that a clock that learned it
    from the issue's own times knows it still.
    """
    if change.resolved_before is not None:
        yield Move(change.resolved_before, MoveKind.STOP)
    if change.before == _ON_HOLD and change.after in _OPEN:
        yield Move(change.at, MoveKind.RESUME)
    if change.after == _ON_HOLD:
        yield Move(change.at, MoveKind.PAUSE)
    if metric == Metric.RESPONSE:
        if change.after not in _UNANSWERED:
            yield Move(change.at, MoveKind.STOP)
    elif change.after not in _OPEN:
        yield Move(change.at, MoveKind.STOP)
    elif change.before not in _OPEN:
        yield Move(change.at, MoveKind.REOPEN)


class Measurement(NamedTuple):
    """A replayed clock, and the effective moves that its history does not hold yet, each with its cycle."""

    replay: Replay
    news: tuple[tuple[int, Move], ...]


def measure(
    facts: IssueFacts, metric: Metric, plan: ClockPlan, stored: Sequence[Move], fresh: Iterable[Move], now: datetime
) -> Measurement:
    """Replay a clock from its history, from what just happened and from the issue's own times.

    Moves already stored are not news. Whatever is told has happened, so the present is no earlier than that. The
    issue's status has the last word: where the moves lead elsewhere, because one was lost or several share an instant,
    the missing one is added.
    """
    own = list(moves_of_columns(facts, metric))
    known = {(move.at, move.kind) for move in stored}
    moves = [*stored, *(move for move in fresh if (move.at, move.kind) not in known), *own]
    now = max([now, *(move.at for move in moves)])
    replay = replay_clock(plan, facts.first_report_at, moves, now)
    missing = _missing(facts, metric, replay)
    if missing is not None:
        last = max((move.at for _, move in replay.effective), default=facts.first_report_at)
        moves.append(Move(max(last, min(facts.updated_at, now)), missing))
        replay = replay_clock(plan, facts.first_report_at, moves, now)
    # By identity: a fresh stop that the issue's own times repeat is news, its repetition is not.
    old = {id(move) for move in (*stored, *own)}
    return Measurement(replay, tuple((cycle, move) for cycle, move in replay.effective if id(move) not in old))


def _missing(facts: IssueFacts, metric: Metric, replay: Replay) -> MoveKind | None:
    state = replay.current.state
    if facts.status not in _OPEN:
        return None  # its own times have stopped the clock
    if state == RunState.STOPPED:
        return MoveKind.REOPEN if metric == Metric.RESOLUTION else None
    if facts.status == _ON_HOLD:
        return MoveKind.PAUSE if state == RunState.RUNNING else None
    return MoveKind.RESUME if state == RunState.PAUSED else None
