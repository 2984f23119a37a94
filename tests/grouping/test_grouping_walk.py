"""Reports become issues through the real services and database."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.grouping.errors import MoveRefused
from apps.grouping.events import ReportsPlaced
from apps.grouping.models import Placement
from apps.grouping.reading import hold_joined_issues
from apps.grouping.selectors import current_placement, history_of_report, placements_of_issue
from apps.grouping.services import PlacementResult, move_report, place_reports
from apps.issues.models import Issue
from apps.issues.services import transition_issue
from apps.reports.models import Report
from apps.tenants.models import TenantConfiguration
from apps.tenants.scoping import tenant_scope
from tests.conftest import MOMENT, City
from tests.grouping.conftest import MakeReport

HOUR = timedelta(hours=1)


def place(city: City, **values: object) -> PlacementResult:
    return place_reports(tenant_id=city.id, **values)  # type: ignore[arg-type]


def issue_of(report: Report) -> Issue:
    report.refresh_from_db()
    return Issue.objects.get(pk=report.issue_id)


def test_three_neighbours_and_one_pothole_are_one_issue(
    in_city: City, make_report: MakeReport, told: list[ReportsPlaced]
) -> None:
    same = [
        make_report("Huge pothole in front of the bakery", severity="low"),
        make_report("my tyre burst on that crater", north=12, hours=5, severity="high"),
        make_report("Road surface broken, deep hole", north=-9, hours=30),
    ]
    light = make_report("Street light is out", service="Street Light Out", hours=1)
    far = make_report("Huge pothole in front of the school", north=300, hours=1)
    assert place(in_city) == PlacementResult(placed=5, opened=3)
    issue = issue_of(same[0])
    assert {report.issue_id for report in Report.objects.filter(pk__in=[r.pk for r in same])} == {issue.pk}
    assert (issue.title, issue.report_count, issue.severity) == ("Huge pothole in front of the bakery", 3, "high")
    assert (issue.first_report_at, issue.last_report_at) == (MOMENT, MOMENT + 30 * HOUR)
    assert (issue.service_code, issue.cell, issue.status, issue.historic) == ("pothole", same[0].cell, "open", False)
    assert len({issue.pk, issue_of(light).pk, issue_of(far).pk}) == 3
    assert sorted(told[0].report_ids) == sorted(r.pk for r in (*same, light, far))
    assert told[0].issue_ids == sorted(Issue.objects.values_list("pk", flat=True))


def test_each_decision_says_why(in_city: City, make_report: MakeReport) -> None:
    first, second, third = make_report("hole"), make_report("hole", north=10), make_report("crater", north=43, hours=1)
    place(in_city)
    opened, joined, alone = (current_placement(report.pk) for report in (first, second, third))
    assert opened is not None
    assert joined is not None
    assert alone is not None
    assert (opened.method, opened.score, opened.features, opened.algorithm_version) == ("new", None, {}, "v1")
    assert (joined.method, joined.features["metres"], joined.features["profile"]) == ("auto", 10.0, "pothole")
    assert joined.score is not None
    assert joined.score >= 0.8
    assert (alone.method, alone.score, alone.features["near_issue_id"]) == ("new", None, opened.issue_id)
    assert alone.features["near_score"] < 0.8
    assert [p.report_id for p in placements_of_issue(opened.issue_id)] == [first.pk, second.pk]


def test_what_was_resolved_before_is_another_issue(in_city: City, make_report: MakeReport) -> None:
    first = make_report("hole")
    place(in_city)
    transition_issue(issue_id=issue_of(first).pk, status="resolved", actor=None, now=MOMENT + HOUR)
    before, after = make_report("hole", hours=0.5), make_report("hole", hours=2)
    place(in_city)
    assert issue_of(before) == issue_of(first)
    assert issue_of(after) != issue_of(first)


def test_an_issue_resolved_between_reading_and_locking_is_noticed(in_city: City, make_report: MakeReport) -> None:
    report = make_report("hole")
    place(in_city)
    issue = issue_of(report)
    assert hold_joined_issues({issue.pk: None})
    transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=MOMENT + HOUR)
    assert not hold_joined_issues({issue.pk: None})
    assert hold_joined_issues({issue.pk: (MOMENT + HOUR).timestamp()})


def test_later_batches_find_the_issues_of_earlier_ones(in_city: City, make_report: MakeReport) -> None:
    first = make_report("hole", severity="low")
    assert place(in_city).opened == 1
    second = make_report("another hole?", north=8, hours=3, severity="critical")
    assert place(in_city) == PlacementResult(placed=1, opened=0)
    issue = issue_of(second)
    assert issue == issue_of(first)
    assert (issue.report_count, issue.severity, issue.last_report_at) == (2, "critical", MOMENT + 3 * HOUR)


def test_placing_twice_places_nothing_more(in_city: City, make_report: MakeReport, told: list[ReportsPlaced]) -> None:
    report = make_report("hole")
    pending = make_report("hole", triage_state="pending")
    assert place(in_city, report_ids=[report.pk, pending.pk]) == PlacementResult(placed=1, opened=1)
    assert place(in_city, report_ids=[report.pk, pending.pk]) == place(in_city) == PlacementResult()
    assert (Placement.objects.count(), Issue.objects.count(), len(told)) == (1, 1, 1)


def test_historic_issues_follow_their_reports(in_city: City, make_report: MakeReport) -> None:
    def closed(text: str, start: float, answer: float, end: float, **values: object) -> Report:
        times = {"acknowledged_at": MOMENT + answer * HOUR, "closed_at": MOMENT + end * HOUR}
        return make_report(text, hours=start, historic=True, status="closed", **times, **values)

    first = closed("hole", 0, 2, 5)
    closed("hole", 1, 3, 9)
    again = closed("hole", 10, 11, 12)
    place(in_city)
    issue = issue_of(first)
    assert (issue.status, issue.historic, issue.report_count) == ("resolved", True, 2)
    assert (issue.acknowledged_at, issue.resolved_at) == (MOMENT + 2 * HOUR, MOMENT + 9 * HOUR)
    assert issue_of(again) != issue
    make_report("still there", hours=11.5, historic=True)
    place(in_city)
    reopened = issue_of(again)
    assert (reopened.status, reopened.resolved_at, reopened.report_count) == ("open", None, 2)


def test_a_report_without_a_location_is_an_issue_of_its_own(in_city: City, make_report: MakeReport) -> None:
    make_report("hole", located=False)
    make_report("hole", located=False)
    assert place(in_city).opened == 2
    assert set(Issue.objects.values_list("address", "cell")) == {("12 Main St", None)}


def test_a_tenant_may_switch_grouping_off_for_a_category(in_city: City, make_report: MakeReport) -> None:
    choices = {"grouping": {"separate_categories": ["infrastructure"]}}
    TenantConfiguration.objects.update_or_create(defaults={"document": choices})
    make_report("hole")
    make_report("hole")
    assert place(in_city).opened == 2


def test_the_same_place_in_another_city_is_another_matter(
    in_city: City, other_city: City, make_report: MakeReport
) -> None:
    make_report("hole")
    place(in_city)
    with tenant_scope(other_city.id):
        theirs = make_report("hole", hours=1)
        assert place(other_city) == PlacementResult(placed=1, opened=1)
        assert current_placement(theirs.pk) is not None
    assert current_placement(theirs.pk) is None
    with pytest.raises(MoveRefused, match="report:"):
        move_report(tenant_id=in_city.id, report_id=theirs.pk, issue_id=1, actor=in_city.officer)


def test_a_person_moves_a_report_and_the_ledger_keeps_both_decisions(in_city: City, make_report: MakeReport) -> None:
    make_report("hole")
    moved, far = make_report("hole", hours=1), make_report("hole", north=400)
    place(in_city)
    left, target = issue_of(moved), issue_of(far)
    placement = move_report(tenant_id=in_city.id, report_id=moved.pk, issue_id=target.pk, actor=in_city.officer)
    assert move_report(tenant_id=in_city.id, report_id=moved.pk, issue_id=target.pk, actor=in_city.officer) == placement
    assert issue_of(moved) == target
    left.refresh_from_db()
    target.refresh_from_db()
    assert (left.report_count, target.report_count, target.last_report_at) == (1, 2, MOMENT + HOUR)
    old, new = history_of_report(moved.pk)
    assert (old.method, old.undone_at is not None, new.undone_at) == ("auto", True, None)
    assert (new.method, new.decided_by, new.score) == ("manual", in_city.officer, None)
    assert place(in_city).placed == 0
    with pytest.raises(MoveRefused, match="issue: there is no unmerged issue with id 0"):
        move_report(tenant_id=in_city.id, report_id=moved.pk, issue_id=0, actor=in_city.officer)
    assert issue_of(moved) == target


def test_the_number_of_queries_does_not_grow(in_city: City, make_report: MakeReport) -> None:
    def queries_of(reports: int) -> int:
        for number in range(reports):
            make_report("hole", north=number * 150)
        with CaptureQueriesContext(connection) as queries:
            assert place(in_city).placed == reports
        return len(queries)

    queries_of(40)  # the columns of the tables are looked up once a process
    # Each of these batches joins 40 known issues and, from the second on, opens as many as it has more.
    small, large = queries_of(80), queries_of(120)
    # reports, choices, locks, candidates, issues held; number, ids and 2 × 4 to open; 1 and 4 to absorb; reports; 4
    # for the ledger; savepoints are not counted as work but are in the number
    assert small == large <= 36


def test_the_command_places_what_waits(
    in_city: City, make_report: MakeReport, capsys: pytest.CaptureFixture[str]
) -> None:
    for hours in range(3):
        make_report("hole", hours=hours)
    call_command("group_reports", "--tenant", "riverton", "--limit", "2")
    assert "riverton: 2 reports placed, 1 issues opened" in capsys.readouterr().out
    call_command("group_reports", "--all")
    assert "riverton: 1 reports placed, 0 issues opened" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no active tenant 'nowhere'"):
        call_command("group_reports", "--tenant", "nowhere")
    with pytest.raises(CommandError, match="--limit"):
        call_command("group_reports", "--all", "--limit", "0")
