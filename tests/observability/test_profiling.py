"""Profiles: off by default, sampled, for staff, and free of bodies, credentials and values."""

import json
import os
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path
from silk.models import Request, Response, SQLQuery

from apps.observability import profiling
from apps.observability.urls import silk_patterns
from apps.tenants.models import Tenant, User
from tests.conftest import City

SECRET = "hunter2-very-secret"


def view(request: HttpRequest) -> HttpResponse:
    assert SECRET in request.body.decode()
    list(Tenant.objects.filter(name=SECRET))
    connection.cursor().execute("SELECT %s, 1", [SECRET])
    return HttpResponse(SECRET, headers={"X-Api-Key": SECRET})


def run(settings: Any, percent: float, times: int = 1) -> None:
    settings.SILK_SAMPLE_PERCENT = percent
    middleware = profiling.ProfilingMiddleware(view)
    for _ in range(times):
        headers = {"Authorization": f"Bearer {SECRET}", "Cookie": f"sessionid={SECRET}", "X-CSRFToken": SECRET}
        body = {"password": SECRET, "description": SECRET}
        middleware(RequestFactory().post(f"/admin/?token={SECRET}", body, headers=headers))


def test_profile_names_statements_and_lines_and_no_value_of_anybody(db: None, settings: Any) -> None:
    run(settings, 100)
    profile = Request.objects.get()
    statements = list(SQLQuery.objects.order_by("identifier"))
    assert profile.num_sql_queries == len(statements) == 2
    assert statements[1].query == "SELECT %s, 1"
    assert statements[0].traceback.startswith("tests/observability/test_profiling.py:")
    assert profile.start_time <= statements[0].start_time <= statements[0].end_time <= profile.end_time
    assert json.loads(profile.query_params) == {"token": "…"}
    stored = [*Request.objects.values(), *Response.objects.values(), *SQLQuery.objects.values()]
    assert SECRET not in str(stored)
    assert (profile.body, profile.raw_body, profile.response.raw_body) == ("", "", "")


def test_only_the_sampled_share_is_kept(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run(settings, 0, times=20)
    assert Request.objects.count() == 0
    draws = iter([0.05, 0.5, 0.09, 0.1, 0.99])
    monkeypatch.setattr(profiling.random, "random", lambda: next(draws))
    settings.SILK_SAMPLE_PERCENT = 10
    kept = [profiling._is_sampled(RequestFactory().get("/dashboard/")) for _ in range(5)]
    assert kept == [True, False, True, False, False]
    settings.SILK_SAMPLE_PERCENT = 100
    assert not profiling._is_sampled(RequestFactory().get("/silk/requests/"))


class _Urls:
    urlpatterns = [path("silk/", include(silk_patterns(import_module("silk.urls").urlpatterns)))]


def test_profiles_are_for_staff_only(city: City, settings: Any) -> None:
    settings.ROOT_URLCONF = _Urls
    person, staff = Client(), Client()
    person.force_login(User.objects.create(email="citizen@example.org"))
    staff.force_login(city.officer)
    assert Client().get("/silk/").status_code == 302
    assert person.get("/silk/").status_code == 403
    page = staff.get("/silk/")
    assert page.status_code == 200
    assert "script-src 'self' 'unsafe-inline'" in page["Content-Security-Policy"]


SWITCHED = """
import django; django.setup()
from django.conf import settings
from apps.observability.urls import urlpatterns
print([name for name in settings.MIDDLEWARE if "profiling" in name], [str(p.pattern) for p in urlpatterns][5:])
"""


@pytest.mark.parametrize(
    ("switch", "found"),
    [("", "[] []"), ("true", "['apps.observability.profiling.ProfilingMiddleware'] ['silk/']")],
    ids=["off by default", "on"],
)
def test_switch_decides_about_middleware_and_page(switch: str, found: str) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "SILK_ENABLED": switch}
    command = [sys.executable, "-c", SWITCHED]
    done = subprocess.run(
        command, cwd=django_settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == found
