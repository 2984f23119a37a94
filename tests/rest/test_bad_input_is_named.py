"""Whatever is wrong with a request, the answer is a problem document that names it, and nothing is written."""

import pytest

from apps.reports.models import Report
from apps.tenants.scoping import tenant_scope
from tests.rest.conftest import PROBLEM

REPORTS = "/api/v1/reports/"


def problem(response, status):
    """Check that the answer is a problem document of this status and return it."""
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM), response.content[:500]
    document = response.json()
    assert set(document) == {"type", "title", "status", "detail", "errors"}
    assert document["status"] == status
    assert document["detail"]
    return document


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"lat": None, "lng": None}, ["location"]),
        ({"lat": 91}, ["lat"]),
        ({"lng": None}, ["lng"]),
        ({"lat": "here", "lng": True}, ["lat", "lng"]),
        ({"lat": "nan"}, ["lat"]),
        ({"description": ""}, ["description"]),
        ({"description": None}, ["description"]),
        ({"description": "\x00"}, ["description"]),
        ({"description": "x" * 4_001}, ["description"]),
        ({"service_code": "no such service"}, ["service_code"]),
        ({"contact_email": "ann"}, ["contact_email"]),
        ({"media_url": "ftp"}, ["media_url"]),
        ({"attributes": [1]}, ["attributes"]),
        ({"attributes": {"a": "\x00"}}, ["attributes"]),
        ({"attributes": {"a": {"b": {"c": {"d": {"e": {}}}}}}}, ["attributes"]),
        ({"attributes": {"a": "x" * 20_001}}, ["attributes"]),
        ({"descripton": "misspelt", "status": "closed"}, ["descripton", "status"]),
        ({"lat": 91, "description": "", "service_code": "no"}, ["description", "lat", "service_code"]),
    ],
)
def test_a_report_that_is_wrong_is_refused_by_field(api, city, report_body, change, fields):
    document = problem(api.post(REPORTS, report_body | change), 400)
    assert sorted(error["field"] for error in document["errors"]) == fields
    assert all(error["message"] for error in document["errors"])
    with tenant_scope(city.id):
        assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"lat": NaN}', "application/json", 400),
        (b'{"description": "\xff"}', "application/json", 400),
        (b'{"description": "\\ud800"}', "application/json", 400),
        (b"[" * 5_000 + b"]" * 5_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b"", "application/json", 400),
        (b"description=x", "application/x-www-form-urlencoded", 415),
        (b"<report/>", "text/xml", 415),
        (b'{"description": "' + b"x" * 1_000_000 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(api, city, data, content_type, status):
    problem(api("POST", REPORTS, data=data, content_type=content_type), status)
    with tenant_scope(city.id):
        assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("reports/?status=shut", "status"),
        ("reports/?category=potholes", "category"),
        ("reports/?service_code=nothing", "service_code"),
        ("reports/?received_after=yesterday", "received_after"),
        ("reports/?issue=1e400", "issue"),
        ("reports/?statsu=open", "statsu"),
        ("reports/?ordering=description", "ordering"),
        ("reports/?search=%00", "search"),
        (f"reports/?search={'x' * 201}", "search"),
        ("reports/?page=0", "page"),
        ("reports/?page=2", "page"),
        ("reports/?page=1&cursor=", "page"),
        (f"reports/?page={'9' * 5_000}", "page"),
        ("reports/?page=1&page_size=101", "page_size"),
        ("reports/?page_size=501", "page_size"),
        ("reports/?page_size=0", "page_size"),
        ("reports/?page_size=-1", "page_size"),
        ("reports/?page_size=ten", "page_size"),
        ("reports/?cursor=made-up", "cursor"),
        ("issues/?status=open&status=shut", "status"),
        ("issues/?assignee=me", "assignee"),
        ("sla/metrics/?resolution_outcome=lost", "resolution_outcome"),
        ("sla/summary/?severity=dire", "severity"),
        ("triage/classifications/?report=1", "report"),
        ("dashboard/?days=0", "days"),
        ("dashboard/?days=soon", "days"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(api, path, field):
    document = problem(api.get(f"/api/v1/{path}"), 400)
    assert {error["field"] for error in document["errors"]} == {field}
    assert len(document["detail"]) < 1_000


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/", 404),
        ("GET", "/api/v1/nothing/", 404),
        ("POST", "/api/v1/nothing/", 404),
        ("GET", "/api/v1/reports", 404),
        ("GET", "/api/v1/reports/not-an-id/", 404),
        ("GET", "/api/v1/reports/019505a0-0000-7000-8000-000000000000/", 404),
        ("GET", f"/api/v1/issues/{'9' * 60}/", 404),
        ("GET", f"/api/v1/triage/batches/{'9' * 60}/", 404),
        ("GET", "/api/v1/services/%00/", 404),
        ("DELETE", "/api/v1/reports/", 405),
        ("PUT", "/api/v1/services/", 405),
        ("POST", "/api/v1/dashboard/", 405),
    ],
)
def test_what_is_not_there_is_a_problem_too(api, method, path, status):
    problem(api(method, path), status)


def test_an_answer_in_another_form_is_refused(api):
    problem(api.get(REPORTS, HTTP_ACCEPT="text/csv"), 406)


@pytest.mark.parametrize("lane", ["", "?format=json"])
def test_a_failure_of_ours_tells_nothing_about_itself(lane, api, monkeypatch):
    def fail(*_):
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr("apps.rest.reports.views.ReportViewSet.rows", fail)
    monkeypatch.setattr("apps.rest.fast_lane.endpoints.read_page", lambda *_, **__: fail())
    api.client.raise_request_exception = False
    document = problem(api.get(REPORTS + lane), 500)
    assert "swordfish" not in str(document)
