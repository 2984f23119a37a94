"""A report goes in by POST, and is found again by itself and in the list."""

import pytest

from apps.core.query_counter import QueryCounter
from apps.tenants.scoping import tenant_scope
from apps.triage.models import Classification
from tests.rest.conftest import MARK

REPORTS = "/api/v1/reports/"


def test_a_report_is_posted_read_and_listed(api, report_body):
    posted = api.post(REPORTS, report_body | {"contact_name": "Ann", "contact_email": "ann@example.org"})
    assert posted.status_code == 201
    assert set(posted.json()) == {"public_id", "status", "received_at"}
    public_id = posted.json()["public_id"]
    assert posted["Location"] == f"http://testserver{REPORTS}{public_id}/"

    read = api.get(posted["Location"]).json()
    assert (read["description"], read["service_code"], read["status"]) == ("Street light out", "street-light", "open")
    assert read["contact"] == {"name": "Ann", "email": "ann@example.org", "phone": ""}
    listed = api.get(REPORTS)
    assert [item["public_id"] for item in listed.json()["items"]] == [public_id]
    assert b"ann@example.org" not in listed.content


def test_who_sent_a_report_is_shown_to_those_who_may_write(holdings, staff, key_with, api):
    path = f"{REPORTS}{holdings.report.public_id}/"
    assert api.get(path).json()["contact"]["name"] == "Ann"
    assert staff("agent").get(path).json()["contact"]["name"] == "Ann"
    assert key_with(scopes=("read",)).get(path).json()["contact"] is None
    assert staff("viewer").get(path).json()["contact"] is None


def test_a_person_corrects_a_report_and_the_answer_is_kept(holdings, officer):
    path = f"{REPORTS}{holdings.report.public_id}/"
    answer = officer.patch(path, {"severity": "critical", "service_code": "street-light", "note": "a live wire"})
    assert answer.status_code == 200
    assert (answer.json()["severity"], answer.json()["service_code"]) == ("critical", "street-light")
    with tenant_scope(holdings.city.id):
        kept = Classification.objects.get(report=holdings.report, is_current=True)
    assert (kept.method, kept.corrected_by, kept.reason) == ("person", holdings.city.officer, "a live wire")


def test_a_key_cannot_speak_as_a_person(holdings, api):
    refused = api.patch(f"{REPORTS}{holdings.report.public_id}/", {"severity": "low"})
    assert refused.status_code == 403
    assert "person" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "closed"}, "status"),
        ({"service_code": "nothing"}, "service_code"),
        ({"severity": "dire"}, "severity"),
        ({}, "body"),
        ({"note": "only words"}, "body"),
    ],
)
def test_a_wrong_correction_changes_nothing(holdings, officer, body, field):
    refused = officer.patch(f"{REPORTS}{holdings.report.public_id}/", body)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    with tenant_scope(holdings.city.id):
        assert not Classification.objects.filter(method="person").exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"search={MARK}", True),
        ("search=potholes", True),
        ("search=elephant", False),
        ("status=open", True),
        ("status=closed", False),
        (f"service_code={MARK}", True),
        ("service_code=pothole", False),
        ("issue=1", True),
        ("channel=web", False),
        ("received_after=2026-03-04T15:00:00Z", True),
        ("received_before=2026-03-04T15:00:00Z", False),
    ],
)
def test_filters_narrow_the_list(holdings, api, query, found):
    assert bool(api.get(f"{REPORTS}?{query}").json()["items"]) is found


@pytest.mark.django_db(transaction=True)
def test_a_list_read_again_comes_from_the_cache(api, report_body):
    api.post(REPORTS, report_body)
    first = api.get(f"{REPORTS}?status=open&page=1")
    with QueryCounter() as queries:
        again = api.get(f"{REPORTS}?page=1&status=open")
    queries.assert_max_queries(0)
    assert again.content == first.content


@pytest.mark.django_db(transaction=True)
def test_a_write_is_seen_by_the_next_read_of_a_cached_list(api, officer, report_body):
    assert api.get(REPORTS).json()["items"] == []
    public_id = api.post(REPORTS, report_body).json()["public_id"]
    first = api.get(REPORTS).json()["items"]
    assert [item["public_id"] for item in first] == [public_id]
    officer.patch(f"{REPORTS}{public_id}/", {"category": "safety", "severity": "high"})
    assert [item["severity"] for item in api.get(REPORTS).json()["items"]] == ["high"]
    assert api.get(f"{REPORTS}?page=1").json()["total"] == 1
    api.post(REPORTS, report_body)
    assert api.get(f"{REPORTS}?page=1").json()["total"] == 2
