"""What a clock reads after its moves, case by case."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from apps.sla.engine import ALL_TIME, timeline
from apps.sla.replay import ClockPlan, ClockReading, Move, replay_clock
from apps.sla.rules import MoveKind, OpeningHours, Outcome, RunState

HOURS = OpeningHours("Europe/Berlin", ((((9 * 60, 17 * 60),),) * 5) + ((), ()))
EIGHT_HOURS = ClockPlan(timedelta(hours=8), timeline(HOURS))
FRIDAY_NOON = datetime(2026, 6, 5, 10, tzinfo=UTC)  # 12:00 in Berlin; 5 hours are left of the day
MONDAY_NINE = datetime(2026, 6, 8, 7, tzinfo=UTC)
DUE = MONDAY_NINE + timedelta(hours=3)
LATER = datetime(2026, 7, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def reading(*moves: Move, now: datetime = LATER, plan: ClockPlan = EIGHT_HOURS) -> ClockReading:
    return replay_clock(plan, FRIDAY_NOON, moves, now).current


def pause(at: datetime) -> Move:
    return Move(at, MoveKind.PAUSE)


def resume(at: datetime) -> Move:
    return Move(at, MoveKind.RESUME)


def stop(at: datetime) -> Move:
    return Move(at, MoveKind.STOP)


def reopen(at: datetime) -> Move:
    return Move(at, MoveKind.REOPEN)


def test_a_running_clock_is_due_in_business_time_and_breached_only_after_it() -> None:
    assert reading(now=DUE).due_at == reading(now=DUE).next_check_at == DUE
    assert reading(now=DUE).breached_at is None
    late = reading(now=DUE + timedelta(days=3))
    assert (late.breached_at, late.next_check_at, late.state) == (DUE, None, RunState.RUNNING)
    assert (late.outcome, late.expected) == (Outcome.PENDING, Outcome.MISSED)


@pytest.mark.parametrize(
    ("delay", "outcome"), [(timedelta(0), Outcome.MET), (timedelta(microseconds=1), Outcome.MISSED)]
)
def test_the_outcome_is_decided_by_the_time_of_the_stop(delay: timedelta, outcome: Outcome) -> None:
    stopped = reading(stop(DUE + delay))
    assert (stopped.state, stopped.outcome, stopped.stopped_at) == (RunState.STOPPED, outcome, DUE + delay)
    assert stopped.breached_at == (DUE if outcome == Outcome.MISSED else None)
    assert stopped.consumed == timedelta(hours=8) + delay


def test_a_pause_over_the_weekend_costs_nothing_and_gains_nothing() -> None:
    friday_evening, sunday = FRIDAY_NOON + 8 * HOUR, FRIDAY_NOON + timedelta(days=2)
    assert reading(pause(friday_evening), resume(sunday), now=DUE).due_at == DUE
    assert reading(pause(friday_evening), now=LATER).due_at is None


def test_a_pause_of_open_hours_moves_the_due_time_by_those_hours_only() -> None:
    paused = reading(pause(FRIDAY_NOON + HOUR), resume(MONDAY_NINE + HOUR), now=MONDAY_NINE + HOUR)
    assert paused.consumed == HOUR
    assert paused.due_at == MONDAY_NINE + 8 * HOUR  # 7 hours from Monday 10:00
    assert reading(pause(FRIDAY_NOON + HOUR), now=LATER).breached_at is None


def test_pausing_and_resuming_in_the_same_instant_changes_nothing() -> None:
    instant = FRIDAY_NOON + HOUR
    assert reading(pause(instant), resume(instant), now=DUE).due_at == DUE
    assert reading(*[pause(instant), resume(instant)] * 5, now=DUE).due_at == DUE


def test_stopping_while_paused_meets_the_target_and_shows_a_due_time() -> None:
    stopped = reading(pause(FRIDAY_NOON + HOUR), stop(LATER), now=LATER)
    assert (stopped.outcome, stopped.consumed) == (Outcome.MET, HOUR)
    assert stopped.due_at is not None
    assert stopped.due_at > LATER


def test_a_breach_survives_a_later_pause() -> None:
    breached = reading(pause(DUE + HOUR), resume(DUE + 2 * HOUR), stop(DUE + 3 * HOUR))
    assert (breached.due_at, breached.breached_at, breached.outcome) == (DUE, DUE, Outcome.MISSED)


def test_reopening_within_the_grace_goes_on_with_what_was_left() -> None:
    again = MONDAY_NINE + timedelta(days=1)
    reopened = reading(stop(FRIDAY_NOON + 2 * HOUR), reopen(again), now=again)
    assert (reopened.cycle, reopened.state, reopened.outcome) == (1, RunState.RUNNING, Outcome.PENDING)
    assert reopened.due_at == again + 6 * HOUR
    assert reopened.first_outcome == Outcome.MET
    final = reading(stop(FRIDAY_NOON + 2 * HOUR), reopen(again), stop(again + 7 * HOUR))
    assert (final.first_outcome, final.outcome) == (Outcome.MET, Outcome.MISSED)


def test_reopening_after_the_grace_begins_a_cycle_with_a_full_target() -> None:
    again = MONDAY_NINE + timedelta(days=14)
    cycles = replay_clock(EIGHT_HOURS, FRIDAY_NOON, [stop(DUE), reopen(again)], again).cycles
    assert [cycle.cycle for cycle in cycles] == [1, 2]
    assert (cycles[0].outcome, cycles[1].due_at) == (Outcome.MET, again + 8 * HOUR)


def test_a_rematch_keeps_the_time_used_and_counts_the_rest_by_the_new_hours() -> None:
    round_the_clock = ClockPlan(timedelta(hours=4), ALL_TIME)
    at = FRIDAY_NOON + 2 * HOUR
    rematch = Move(at, MoveKind.REMATCH, round_the_clock)
    assert reading(rematch, now=at).due_at == at + 2 * HOUR
    stopped = reading(rematch, stop(at + HOUR))
    assert (stopped.consumed, stopped.outcome) == (3 * HOUR, Outcome.MET)
    assert reading(stop(at - HOUR), rematch).due_at == DUE, "a stopped clock keeps its promise"


def test_a_rematch_to_a_target_already_used_up_breaches_now_and_a_longer_one_withdraws_a_breach() -> None:
    at = DUE + HOUR
    over = reading(Move(FRIDAY_NOON + 3 * HOUR, MoveKind.REMATCH, EIGHT_HOURS._replace(target=HOUR)))
    assert over.breached_at == over.due_at == FRIDAY_NOON + 3 * HOUR
    longer = reading(Move(at, MoveKind.REMATCH, EIGHT_HOURS._replace(target=10 * HOUR)), now=at)
    assert (longer.breached_at, longer.due_at) == (None, at + HOUR)


def test_a_rematch_while_paused_counts_from_the_resumption() -> None:
    rematch = Move(FRIDAY_NOON + 2 * HOUR, MoveKind.REMATCH, EIGHT_HOURS._replace(target=2 * HOUR))
    paused = reading(pause(FRIDAY_NOON + HOUR), rematch, now=LATER)
    assert (paused.due_at, paused.state) == (None, RunState.PAUSED)
    resumed = reading(pause(FRIDAY_NOON + HOUR), rematch, resume(MONDAY_NINE), now=MONDAY_NINE)
    assert resumed.due_at == MONDAY_NINE + HOUR


def test_news_in_any_order_and_twice_over_gives_the_same_reading() -> None:
    moves = (pause(FRIDAY_NOON + HOUR), resume(MONDAY_NINE), stop(MONDAY_NINE + HOUR))
    expected = reading(*moves)
    assert all(reading(*order) == expected for order in permutations(moves))
    twice = replay_clock(EIGHT_HOURS, FRIDAY_NOON, moves * 2, LATER)
    assert (twice.current, [move for _, move in twice.effective]) == (expected, list(moves))


def test_a_target_of_nothing_is_due_at_once_and_a_stop_before_the_start_meets_it() -> None:
    nothing = EIGHT_HOURS._replace(target=timedelta(0))
    assert reading(now=FRIDAY_NOON, plan=nothing).due_at == FRIDAY_NOON
    assert reading(plan=nothing).breached_at == FRIDAY_NOON
    early = reading(stop(FRIDAY_NOON - HOUR), plan=nothing)
    assert (early.outcome, early.consumed) == (Outcome.MET, timedelta(0))


def test_what_lies_ahead_of_now_has_not_happened() -> None:
    assert reading(stop(DUE), now=DUE - HOUR).state == RunState.RUNNING
