"""Issues over the API: the workflow, versions, assignment, comments, and what belongs to one issue."""

import pytest

from apps.issues.models import Issue
from apps.tenants.scoping import tenant_scope

ISSUE = "/api/v1/issues/1/"


@pytest.fixture(autouse=True)
def _something_to_work_on(holdings):
    return holdings


def test_an_issue_is_moved_and_its_clock_reacts(api):
    before = api.get(ISSUE).json()
    assert (before["status"], before["report_count"]) == ("open", 1)
    assert "acknowledged" in before["allowed_transitions"]
    moved = api.post(f"{ISSUE}transition/", {"status": "acknowledged", "note": "seen", "version": before["version"]})
    assert (moved.status_code, moved.json()["status"]) == (200, "acknowledged")
    clocks = {clock["metric"]: clock for clock in api.get(f"{ISSUE}sla/").json()}
    assert (clocks["response"]["state"], clocks["resolution"]["state"]) == ("stopped", "running")
    assert api.get("/api/v1/sla/metrics/1/").json()["response_at"] is not None
    kinds = [line["kind"] for line in api.get(f"{ISSUE}timeline/").json()["items"]]
    assert kinds == ["opened", "comment", "status"]


def test_a_move_that_the_workflow_refuses_says_what_it_allows(api):
    api.post(f"{ISSUE}transition/", {"status": "closed"})
    refused = api.post(f"{ISSUE}transition/", {"status": "acknowledged"})
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:wardline:problem:transition-refused"
    assert "allowed: open" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("transition/", {"status": "resolved"}),
        ("assign/", {"assignee": None, "department": None}),
        ("", {"severity": "critical"}),
    ],
)
def test_a_change_of_a_version_gone_by_is_refused(api, holdings, path, body):
    api.patch(ISSUE, {"severity": "low"})
    refused = api("POST" if path else "PATCH", ISSUE + path, body | {"version": holdings.issue.version})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "version")
    assert api.get(ISSUE).json()["severity"] == "low"


def test_an_issue_is_given_to_a_department_and_a_person(api, officer, holdings):
    assigned = api.post(f"{ISSUE}assign/", {"department": holdings.department_id, "assignee": holdings.city.officer.pk})
    assert assigned.json()["assignee"]["name"] == "Officer of Riverton"
    kept = officer.post(f"{ISSUE}assign/", {"assignee": None}).json()
    assert (kept["assignee"], kept["department"]["id"]) == (None, holdings.department_id)


@pytest.mark.django_db(transaction=True)
def test_an_assignment_is_seen_by_the_next_read_of_the_list(api, holdings):
    api.get("/api/v1/issues/")
    api.post(f"{ISSUE}assign/", {"assignee": holdings.city.officer.pk})
    assert api.get("/api/v1/issues/").json()["items"][0]["assignee"] == holdings.city.officer.pk


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "transition/", {}, "status"),
        ("POST", "transition/", {"status": "lost"}, "status"),
        ("POST", "transition/", {"status": "closed", "version": "two"}, "version"),
        ("POST", "assign/", {}, "body"),
        ("POST", "assign/", {"department": 999_999}, "department"),
        ("POST", "comments/", {"text": "  "}, "text"),
        ("PATCH", "", {}, "body"),
        ("PATCH", "", {"status": "closed"}, "status"),
        ("PATCH", "", {"category": "potholes"}, "category"),
        ("GET", "timeline/?search=x", None, "search"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(api, holdings, method, path, body, field):
    refused = api(method, ISSUE + path, body)
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (400, [field])
    with tenant_scope(holdings.city.id):
        assert Issue.objects.get().version == holdings.issue.version


def test_nobody_of_another_city_is_assigned(api, other_city):
    refused = api.post(f"{ISSUE}assign/", {"assignee": other_city.officer.pk})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "assignee")


def test_comments_are_written_and_listed_with_their_authors(officer):
    written = officer.post(f"{ISSUE}comments/", {"text": "Crew is out", "is_public": True})
    assert written.status_code == 201
    comments = officer.get(f"{ISSUE}comments/?page=1").json()
    assert comments["total"] == 2
    assert [(c["text"], c["is_public"], c["author"]["name"]) for c in comments["items"]][1:] == [
        ("Crew is out", True, "Officer of Riverton")
    ]


def test_an_issues_reports_and_filters_are_there(api, holdings):
    reports = api.get(f"{ISSUE}reports/").json()["items"]
    assert [report["public_id"] for report in reports] == [str(holdings.report.public_id)]
    for query, count in (("open=true", 1), ("open=false", 0), ("status=closed&status=open", 1), ("search=pothole", 1)):
        assert len(api.get(f"/api/v1/issues/?{query}").json()["items"]) == count, query
