"""Keys and roles: who reads, who writes, who is not let in."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.core import clock
from apps.tenants.models import ApiKey, Tenant
from apps.tenants.selectors import forget_callers
from apps.tenants.services import create_user, issue_api_key, revoke_api_key
from tests.rest.conftest import PROBLEM, Caller, signed_in

REPORTS = "/api/v1/reports/"


def assert_not_let_in(response):
    assert (response.status_code, response["Content-Type"]) == (401, PROBLEM)
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    [None, "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", f"Bearer wl_{'a' * 12}_{'b' * 43}", "Bearer \xff"],
)
def test_nobody_comes_in_without_a_valid_key(city, header):
    assert_not_let_in(Caller({"Authorization": header} if header else {}).get(REPORTS))


def test_a_key_with_the_right_prefix_and_a_wrong_secret_is_nobody(city):
    assert_not_let_in(
        Caller({"Authorization": f"Bearer {city.key[:-1]}{'A' if city.key[-1] != 'A' else 'B'}"}).get(REPORTS)
    )


def test_expired_revoked_and_inactive_keys_are_nobody(city, other_city, key_with):
    assert_not_let_in(key_with(expires_at=clock.now() - timedelta(seconds=1)).get(REPORTS))
    revoke_api_key(api_key=ApiKey.objects.get(tenant=other_city.tenant), now=clock.now())
    assert_not_let_in(Caller(other_city.headers).get(REPORTS))
    Tenant.objects.filter(pk=city.id).update(is_active=False)
    forget_callers()
    assert_not_let_in(Caller(city.headers).get(REPORTS))


def test_scopes_and_roles_decide(key_with, staff, report_body):
    may = {
        "reading key": key_with(scopes=("read",)),
        "writing key": key_with(scopes=("write",)),
        "viewer": staff("viewer"),
        "agent": staff("agent"),
        "manager": staff("manager"),
    }
    answers = {
        who: (caller.get(REPORTS).status_code, caller.post(REPORTS, report_body).status_code)
        for who, caller in may.items()
    }
    assert answers == {
        "reading key": (200, 403),
        "writing key": (403, 201),
        "viewer": (200, 403),
        "agent": (200, 201),
        "manager": (200, 201),
    }


def test_a_person_without_a_tenant_is_refused(db):
    assert signed_in(create_user(email="new@example.org")).get(REPORTS).status_code == 403


def test_a_bad_key_is_refused_even_beside_a_session(officer):
    assert_not_let_in(officer("GET", REPORTS, HTTP_AUTHORIZATION="Bearer nonsense"))


def test_a_session_writes_only_with_the_csrf_token(city, report_body):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(city.officer, backend="django.contrib.auth.backends.ModelBackend")
    refused = strict.post(REPORTS, report_body, content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (403, PROBLEM)
    key = issue_api_key(tenant=city.tenant, name="script").text
    allowed = strict.post(
        REPORTS, report_body, content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    assert allowed.status_code == 201


def test_people_get_pages_to_browse_and_keys_get_json(officer, api, holdings):
    page = officer.get(REPORTS, HTTP_ACCEPT="text/html")
    assert page["Content-Type"].startswith("text/html")
    assert str(holdings.report.public_id).encode() in page.content
    assert officer.get(f"{REPORTS}{holdings.report.public_id}/", HTTP_ACCEPT="text/html").status_code == 200
    assert api.get(REPORTS, HTTP_ACCEPT="text/html").status_code == 406


def test_answers_are_not_for_shared_caches(api):
    answer = api.get(REPORTS)
    assert "private" in answer["Cache-Control"]
    assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))
