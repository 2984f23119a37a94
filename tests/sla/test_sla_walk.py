"""From an issue's first report to its figures, through the real services, the workflow and the database.

Medium issues in Riverton: response within 8, resolution within 80 business hours, Monday to Friday, 9 to 17.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.issues.events import IssueStatusChange
from apps.issues.models import Issue
from apps.issues.services import reclassify_issue, transition_issue
from apps.sla.events import ClocksChanged
from apps.sla.models import SLAClock, SLAMetric
from apps.sla.selectors import attainment, clocks_of, due_soon, history_of, running_clocks
from apps.sla.services import apply_status_changes, check_due_clocks, recompute_clocks, rematch_clocks, start_clocks
from apps.tenants.scoping import tenant_scope
from tests.conftest import City
from tests.sla.conftest import MakeIssues

WEDNESDAY_TEN = datetime(2026, 3, 4, 15, tzinfo=UTC)  # 10:00 in New York
RESPONSE_DUE = datetime(2026, 3, 5, 15, tzinfo=UTC)
RESOLUTION_DUE = datetime(2026, 3, 18, 14, tzinfo=UTC)  # 10:00 again, two weeks on: the clocks change in between
FRIDAY_SIX_PM = datetime(2026, 3, 6, 23, tzinfo=UTC)
MONDAY_EIGHT = datetime(2026, 3, 9, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def move(issue_id: int, *steps: tuple[str, datetime]) -> None:
    for status, at in steps:
        transition_issue(issue_id=issue_id, status=status, actor=None, now=at)


def outcomes(issue_id: int) -> tuple[str, str]:
    metric = SLAMetric.objects.get(issue_id=issue_id)
    return metric.response_outcome, metric.resolution_outcome


def state(issue_id: int) -> list[tuple[object, ...]]:
    names = ("metric", "cycle", "state", "due_at", "breached_at", "stopped_at", "consumed_seconds", "outcome")
    return list(SLAClock.objects.filter(issue_id=issue_id).order_by("-metric", "cycle").values_list(*names))


def start(city: City, ids: list[int], now: datetime = WEDNESDAY_TEN) -> None:
    start_clocks(tenant_id=city.id, issue_ids=ids, now=now)


def test_an_issue_acknowledged_late_missed_its_response_and_met_its_resolution(
    served: City, make_issues: MakeIssues, told: list[ClocksChanged]
) -> None:
    (issue,) = make_issues(WEDNESDAY_TEN)
    start(served, [issue])
    metric = SLAMetric.objects.get(issue_id=issue)
    assert (metric.response_due_at, metric.resolution_due_at, metric.next_due_at) == (
        RESPONSE_DUE,
        RESOLUTION_DUE,
        RESPONSE_DUE,
    )
    move(issue, ("acknowledged", RESPONSE_DUE + HOUR), ("resolved", RESOLUTION_DUE))
    metric.refresh_from_db()
    assert outcomes(issue) == ("missed", "met")
    assert (metric.response_seconds, metric.resolution_seconds) == (9 * 3600, 80 * 3600)
    assert metric.next_due_at is None
    assert SLAClock.objects.get(issue_id=issue, metric="response").breached_at == RESPONSE_DUE
    assert [(event.metric, event.kind, event.at) for event in history_of(issue)] == [
        ("response", "breach", RESPONSE_DUE),
        ("response", "stop", RESPONSE_DUE + HOUR),
        ("resolution", "stop", RESOLUTION_DUE),
    ]
    assert told == [ClocksChanged(served.id, [issue])] * 3
    assert [view.remaining for view in clocks_of(issue, now=RESOLUTION_DUE)] == [
        "missed by 1 h",
        "met with less than a minute to spare",
    ]


def test_on_hold_over_the_weekend_costs_nothing_and_stops_the_sweep(served: City, make_issues: MakeIssues) -> None:
    held, free = make_issues(WEDNESDAY_TEN, WEDNESDAY_TEN)
    start(served, [held, free])
    for issue in (held, free):
        move(issue, ("acknowledged", WEDNESDAY_TEN + HOUR))
    move(held, ("on_hold", FRIDAY_SIX_PM))
    assert SLAMetric.objects.get(issue_id=held).resolution_due_at is None
    assert check_due_clocks(now=RESOLUTION_DUE + HOUR).breached == 1
    assert outcomes(held) == ("met", "pending")
    assert outcomes(free) == ("met", "missed")
    move(held, ("in_progress", MONDAY_EIGHT))
    assert SLAMetric.objects.get(issue_id=held).resolution_due_at == RESOLUTION_DUE
    assert [event.kind for event in history_of(held)] == ["stop", "pause", "resume"]


def test_an_issue_reopened_in_grace_goes_on_and_after_it_starts_a_new_cycle(
    served: City, make_issues: MakeIssues
) -> None:
    (issue,) = make_issues(WEDNESDAY_TEN)
    start(served, [issue])
    move(issue, ("resolved", WEDNESDAY_TEN + HOUR), ("open", FRIDAY_SIX_PM))
    assert outcomes(issue) == ("met", "pending")
    clock = SLAClock.objects.get(issue_id=issue, metric="resolution")
    assert (clock.cycle, clock.state, clock.first_outcome) == (1, "running", "met")
    # Seen from Friday evening 79 business hours are left.
    assert clock.due_at == datetime(2026, 3, 20, 20, tzinfo=UTC)
    move(issue, ("closed", MONDAY_EIGHT), ("open", MONDAY_EIGHT + 8 * DAY))
    second = SLAClock.objects.get(issue_id=issue, metric="resolution", cycle=2)
    assert (second.started_at, second.consumed_seconds) == (MONDAY_EIGHT + 8 * DAY, 0)
    assert SLAMetric.objects.get(issue_id=issue).resolution_due_at == second.due_at
    assert SLAClock.objects.get(issue_id=issue, metric="resolution", cycle=1).outcome == "met"


def test_a_historic_import_is_measured_by_its_own_times(served: City, make_issues: MakeIssues) -> None:
    (late,) = make_issues(WEDNESDAY_TEN, resolved_at=RESOLUTION_DUE + HOUR, historic=True)
    (early,) = make_issues(WEDNESDAY_TEN, acknowledged_at=WEDNESDAY_TEN, resolved_at=RESPONSE_DUE, historic=True)
    (open_still,) = make_issues(WEDNESDAY_TEN - 3000 * DAY, historic=True)
    start(served, [late, early, open_still], now=RESOLUTION_DUE + 30 * DAY)
    assert [outcomes(issue) for issue in (late, early, open_still)] == [
        ("missed", "missed"),
        ("met", "met"),
        ("missed", "missed"),
    ]
    assert history_of(late) == []
    found = attainment()
    assert (found.issues, found.response.share, found.resolution.missed) == (3, 1 / 3, 2)
    # More reports of the late one turn up, the last of them still open: the issue is, too.
    Issue.objects.filter(pk=late).update(status="open", resolved_at=None)
    recompute_clocks(tenant_id=served.id, issue_ids=[late], now=RESOLUTION_DUE - DAY)
    assert SLAMetric.objects.get(issue_id=late).resolution_at is None
    # Staff reopen the early one: what only its own times told is kept.
    move(early, ("open", RESPONSE_DUE + DAY))
    assert outcomes(early) == ("met", "pending")
    assert [(event.metric, event.kind) for event in history_of(early)] == [
        ("resolution", "stop"),
        ("resolution", "reopen"),
    ]


def test_everything_may_run_twice(served: City, make_issues: MakeIssues, told: list[ClocksChanged]) -> None:
    (issue,) = make_issues(WEDNESDAY_TEN)
    start(served, [issue])
    steps = [("acknowledged", 1), ("on_hold", 2), ("in_progress", 30), ("resolved", 40), ("open", 50), ("on_hold", 60)]
    statuses = ["open", *(status for status, _ in steps)]
    move(issue, *((status, WEDNESDAY_TEN + hours * HOUR) for status, hours in steps))
    before, history = state(issue), len(history_of(issue))
    changes = [
        IssueStatusChange(issue, earlier, after, WEDNESDAY_TEN + hours * HOUR)
        for earlier, (after, hours) in zip(statuses, steps, strict=False)
    ]
    told.clear()
    start(served, [issue])
    for change in reversed(changes):
        apply_status_changes(tenant_id=served.id, changes=[change])
    apply_status_changes(tenant_id=served.id, changes=changes)
    recompute_clocks(tenant_id=served.id, issue_ids=[issue], now=WEDNESDAY_TEN + 60 * HOUR)
    rematch_clocks(tenant_id=served.id, issue_ids=[issue], now=WEDNESDAY_TEN + 60 * HOUR)
    assert (state(issue), len(history_of(issue)), told) == (before, history, [])


def test_status_flapping_within_one_instant_ends_as_the_issue_does(served: City, make_issues: MakeIssues) -> None:
    (issue,) = make_issues(WEDNESDAY_TEN)
    start(served, [issue])
    at = WEDNESDAY_TEN + HOUR
    move(issue, ("in_progress", at), ("on_hold", at), ("in_progress", at), ("on_hold", at))
    assert SLAMetric.objects.get(issue_id=issue).state == "paused"
    move(issue, ("in_progress", at + 24 * HOUR))
    assert SLAMetric.objects.get(issue_id=issue).resolution_due_at == RESOLUTION_DUE + 24 * HOUR


def test_clocks_started_late_know_what_the_issue_has_been_through(served: City, make_issues: MakeIssues) -> None:
    acknowledged, held = make_issues(WEDNESDAY_TEN, WEDNESDAY_TEN)
    move(acknowledged, ("acknowledged", WEDNESDAY_TEN + HOUR))
    assert outcomes(acknowledged) == ("met", "pending"), "news of an issue without clocks starts them"
    Issue.objects.filter(pk=held).update(status="on_hold", updated_at=WEDNESDAY_TEN + 3 * HOUR)
    start(served, [held], now=FRIDAY_SIX_PM)
    assert {row[2] for row in state(held)} == {"paused"}
    move(held, ("in_progress", MONDAY_EIGHT + HOUR))
    assert SLAClock.objects.get(issue_id=held, metric="resolution").consumed_seconds == 3 * 3600


def test_a_raised_severity_keeps_the_time_used_and_counts_round_the_clock(
    served: City, make_issues: MakeIssues
) -> None:
    (issue,) = make_issues(WEDNESDAY_TEN)
    start(served, [issue])
    move(issue, ("acknowledged", WEDNESDAY_TEN))
    at = WEDNESDAY_TEN + 5 * HOUR
    reclassify_issue(issue_id=issue, actor=None, now=at, severity="critical")
    rematch_clocks(tenant_id=served.id, issue_ids=[issue], now=at)
    metric = SLAMetric.objects.get(issue_id=issue)
    assert (metric.severity, metric.resolution_due_at) == ("critical", at + 19 * HOUR)
    response, resolution = (view.clock for view in clocks_of(issue, now=at))
    assert (response.target_seconds, resolution.target_seconds) == (8 * 3600, 24 * 3600), "a stopped clock stays"
    # A later replay starts from what was promised first.
    recompute_clocks(tenant_id=served.id, issue_ids=[issue], now=at + HOUR)
    assert SLAMetric.objects.get(issue_id=issue).resolution_due_at == at + 19 * HOUR
    event = history_of(issue)[-1]
    assert (event.kind, event.before["target_seconds"], event.after["clock"]) == ("rematch", 80 * 3600, "calendar")


def test_the_sweep_breaches_by_the_due_time_in_every_tenant_and_only_once(
    served: City, make_issues: MakeIssues, told: list[ClocksChanged], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = make_issues(WEDNESDAY_TEN, WEDNESDAY_TEN + HOUR)
    start(served, [first, second])
    assert check_due_clocks(now=RESPONSE_DUE).breached == 0, "a stop in this instant would still meet it"
    told.clear()
    assert check_due_clocks(now=RESPONSE_DUE + DAY, limit=1).breached == 1
    assert told == [ClocksChanged(served.id, [first])]
    assert [view.outcome for view in clocks_of(first, now=RESPONSE_DUE + DAY)] == ["missed", "pending"]
    call_command("check_sla", "--batch", "1")
    assert "3 clocks breached" in capsys.readouterr().out
    clock = SLAClock.objects.get(issue_id=first, metric="response")
    assert (clock.breached_at, clock.state, clock.outcome) == (RESPONSE_DUE, "running", "pending")
    assert [event.kind for event in history_of(first)] == ["breach", "breach"]
    # Back-dated news does not undo what has been seen to pass, nor tell it again.
    move(first, ("acknowledged", RESPONSE_DUE + HOUR))
    assert outcomes(first) == ("missed", "missed")
    assert [event.kind for event in history_of(first)].count("breach") == 2


def test_another_tenant_sees_and_moves_nothing(served: City, other_city: City, make_issues: MakeIssues) -> None:
    (issue,) = make_issues(WEDNESDAY_TEN)
    start(served, [issue])
    with tenant_scope(other_city.id):
        assert attainment().issues == 0
        assert clocks_of(issue, now=WEDNESDAY_TEN) == history_of(issue) == running_clocks() == []
        assert SLAClock.all_tenants.count() == SLAMetric.all_tenants.count() == 0
    change = IssueStatusChange(issue, "open", "resolved", WEDNESDAY_TEN + HOUR)
    apply_status_changes(tenant_id=other_city.id, changes=[change])
    assert start_clocks(tenant_id=other_city.id, issue_ids=[issue]).issues == 0
    assert outcomes(issue) == ("pending", "pending")


def test_the_lists_are_in_order_of_urgency(served: City, make_issues: MakeIssues) -> None:
    urgent, calm = make_issues(WEDNESDAY_TEN, WEDNESDAY_TEN + DAY)
    start(served, [calm, urgent])
    assert [(clock.issue_id, clock.metric) for clock in running_clocks(limit=2)] == [
        (urgent, "response"),
        (calm, "response"),
    ]
    assert [metric.issue_id for metric in due_soon(before=RESPONSE_DUE + HOUR)] == [urgent]


def count_queries(call: object) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()  # type: ignore[operator]
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_number_of_issues(served: City, make_issues: MakeIssues) -> None:
    counts = {}
    for number in (50, 500):
        ids = make_issues(*(WEDNESDAY_TEN + index * HOUR for index in range(number)))
        changes = [IssueStatusChange(issue, "open", "on_hold", WEDNESDAY_TEN + 1000 * HOUR) for issue in ids]
        Issue.objects.filter(pk__in=ids).update(status="on_hold")
        counts[number] = (
            count_queries(lambda ids=ids: start(served, ids)),
            count_queries(lambda changes=changes: apply_status_changes(tenant_id=served.id, changes=changes)),
            count_queries(lambda: check_due_clocks(now=WEDNESDAY_TEN + 2000 * HOUR, limit=5000)),
            count_queries(attainment),
        )
    assert counts[50] == counts[500]
