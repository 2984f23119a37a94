"""Staff move issues along the workflow; every move is in the timeline."""

from datetime import timedelta

import pytest

from apps.issues.errors import IssueNotFound, StaleIssue, TransitionRefused
from apps.issues.models import Issue, IssueEvent
from apps.issues.rules import TRANSITIONS, IssueStatus, highest_severity
from apps.issues.selectors import timeline
from apps.issues.services import (
    NewIssue,
    add_comment,
    assign_issue,
    create_department,
    open_issues,
    reclassify_issue,
    transition_issue,
)
from apps.tenants.scoping import tenant_scope


def new_issue(moment, **values):
    facts = {
        "title": "Pothole",
        "category": "infrastructure",
        "severity": "medium",
        "service_code": "pothole",
        "lat": 42.36,
        "lng": -71.06,
        "cell": 1,
        "address": "1 Main St",
        "report_count": 1,
        "first_report_at": moment,
        "last_report_at": moment,
    }
    return NewIssue(**facts | values)


@pytest.fixture
def issue(in_city, moment):
    (issue_id,) = open_issues(tenant_id=in_city.id, issues=[new_issue(moment)])
    return Issue.objects.get(pk=issue_id)


def test_every_status_is_in_the_table_and_can_be_left():
    assert set(TRANSITIONS) == set(IssueStatus)
    assert all(TRANSITIONS.values())


def test_numbers_count_on_without_gaps_for_each_tenant(in_city, other_city, moment):
    open_issues(tenant_id=in_city.id, issues=[new_issue(moment)] * 2)
    open_issues(tenant_id=in_city.id, issues=[new_issue(moment)])
    with tenant_scope(other_city.id):
        open_issues(tenant_id=other_city.id, issues=[new_issue(moment)])
        assert Issue.objects.get().number == 1
    assert list(Issue.objects.order_by("pk").values_list("number", flat=True)) == [1, 2, 3]


def test_resolving_sets_the_times_that_it_implies(issue, city, moment):
    later = moment + timedelta(hours=2)
    resolved = transition_issue(issue_id=issue.pk, status="resolved", actor=city.officer, now=later)
    assert (resolved.acknowledged_at, resolved.resolved_at, resolved.closed_at) == (later, later, None)
    reopened = transition_issue(issue_id=issue.pk, status="open", actor=city.officer, now=later)
    assert (reopened.acknowledged_at, reopened.resolved_at) == (later, None)


def test_putting_on_hold_is_no_answer_to_the_reporter(issue, moment):
    assert transition_issue(issue_id=issue.pk, status="on_hold", actor=None, now=moment).acknowledged_at is None


def test_a_move_that_the_workflow_does_not_know_is_refused(issue, moment):
    transition_issue(issue_id=issue.pk, status="closed", actor=None, now=moment)
    with pytest.raises(TransitionRefused, match="cannot go from closed to on_hold; allowed: open"):
        transition_issue(issue_id=issue.pk, status="on_hold", actor=None, now=moment)
    issue.refresh_from_db()
    assert issue.status == "closed"


def test_a_stale_edit_is_refused_and_changes_nothing(issue, moment):
    transition_issue(issue_id=issue.pk, status="acknowledged", actor=None, now=moment, expected_version=1)
    with pytest.raises(StaleIssue):
        transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=moment, expected_version=1)
    issue.refresh_from_db()
    assert issue.status == "acknowledged"


def test_another_citys_issue_cannot_be_moved(issue, other_city, moment):
    with tenant_scope(other_city.id), pytest.raises(IssueNotFound):
        transition_issue(issue_id=issue.pk, status="closed", actor=other_city.officer, now=moment)


def test_what_people_do_is_in_the_timeline(issue, city, moment):
    department = create_department(name="Public Works")
    assign_issue(issue_id=issue.pk, actor=city.officer, now=moment, department=department, assignee=city.officer)
    reclassify_issue(issue_id=issue.pk, actor=city.officer, now=moment, severity="critical")
    transition_issue(issue_id=issue.pk, status="in_progress", actor=city.officer, now=moment, note="crew sent")
    add_comment(issue=issue, author=city.officer, text="On it", is_public=True, now=moment)
    entries = timeline(issue)
    assert [entry.kind for entry in entries] == ["opened", "assignment", "severity", "status", "comment"]
    assert entries[2].before == {"severity": "medium"}
    assert entries[3].note == "crew sent"


def test_asking_for_what_is_already_so_writes_nothing(issue, moment):
    transition_issue(issue_id=issue.pk, status="open", actor=None, now=moment)
    reclassify_issue(issue_id=issue.pk, actor=None, now=moment, severity="medium")
    assert IssueEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("severities", "highest"), [([], "low"), (["low", "high", "medium"], "high"), (["what", "medium"], "medium")]
)
def test_the_most_urgent_severity_counts(severities, highest):
    assert highest_severity(severities) == highest
