"""The dashboard and the SLA figures say what is in the rows."""

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import RequestFactory

from apps.insights.services import refresh_rollups
from apps.rest import handlers
from apps.sla.models import SLATarget
from apps.tenants.scoping import tenant_scope


def test_the_dashboard_counts_what_there_is(holdings, api):
    with tenant_scope(holdings.city.id):
        refresh_rollups(tenant_id=holdings.city.id)
    figures = api.get("/api/v1/dashboard/?days=all").json()
    assert (figures["tenant"], figures["totals"]["reports"], figures["totals"]["open_issues"]) == ("riverton", 1, 1)
    assert sum(point["reports"] for point in figures["flow"]) == 1


def test_the_summary_counts_met_and_missed(holdings, api):
    before = api.get("/api/v1/sla/summary/").json()
    assert (before["issues"], before["response"]["share"]) == (1, 0.0)
    assert api.get("/api/v1/sla/summary/?severity=critical").json()["issues"] == 0


def test_policies_show_their_own_targets(holdings, api):
    with tenant_scope(holdings.city.id):
        wanted = set(SLATarget.objects.values_list("policy__name", "severity", "metric", "minutes", "clock"))
    shown = {
        (policy["name"], *(target[name] for name in ("severity", "metric", "minutes", "clock")))
        for policy in api.get("/api/v1/sla/policies/?is_active=true").json()["items"]
        for target in policy["targets"]
    }
    assert shown == wanted
    assert shown


def test_metrics_and_answers_of_triage_are_narrowed(holdings, api):
    missed, met = (
        api.get(f"/api/v1/sla/metrics/?response_outcome={outcome}").json()["items"] for outcome in ("missed", "met")
    )
    assert ([row["issue"] for row in missed], met) == ([1], [])
    answers = "/api/v1/triage/classifications/"
    (answer,) = api.get(f"{answers}?report={holdings.report.public_id}&method=rules").json()["items"]
    assert api.get(f"{answers}?batch={answer['batch']}").json()["items"] == [answer]
    assert api.get(f"{answers}?method=person").json()["items"] == []


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/reports/", "application/problem+json"), ("/admin/", "text/html")])
def test_what_fails_outside_a_view_is_a_problem_under_api_only(path, kind):
    request = RequestFactory().get(path)
    answers = [
        handlers.bad_request(request, SuspiciousOperation()),
        handlers.page_not_found(request, Exception("nothing")),
        handlers.server_error(request),
    ]
    assert [answer.status_code for answer in answers] == [400, 404, 500]
    assert all(answer["Content-Type"].startswith(kind) for answer in answers)
