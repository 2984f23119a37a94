"""Callers of the API: keys, members of staff, and what Riverton has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from django.test import Client

from apps.issues.models import Issue
from apps.issues.services import NewIssue, add_comment, create_department, open_issues
from apps.pipeline.services import read_words_backlog
from apps.reports.models import Report
from apps.reports.services import ReportDraft, ServiceDraft, create_services, submit_report
from apps.tenants.models import User
from apps.tenants.scoping import no_tenant, tenant_scope
from apps.tenants.services import create_user, grant_membership, issue_api_key
from apps.triage.services import triage_reports
from tests.conftest import MOMENT, City

PROBLEM = "application/problem+json"


@dataclass
class Caller:
    """Sends requests as somebody; no tenant of the test's own is active while the API works."""

    headers: dict[str, str] = field(default_factory=dict)
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        sent = {"data": orjson.dumps(body), "content_type": "application/json"} if body is not None else {}
        with no_tenant():
            return self.client.generic(method, path, headers=self.headers, **(sent | more))

    def get(self, path: str, **more: Any) -> Any:
        return self("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> Any:
        return self("POST", path, body, **more)

    def patch(self, path: str, body: Any, **more: Any) -> Any:
        return self("PATCH", path, body, **more)


@pytest.fixture
def api(city: City) -> Caller:
    """Riverton's key, reading and writing."""
    return Caller(city.headers)


@pytest.fixture
def outsider(other_city: City) -> Caller:
    """Hillford's key."""
    return Caller(other_city.headers)


@pytest.fixture
def anonymous() -> Caller:
    return Caller()


@pytest.fixture
def key_with(city: City) -> Callable[..., Caller]:
    """Make another key of Riverton."""

    def make(**values: Any) -> Caller:
        key = issue_api_key(tenant=city.tenant, name="more", **values)
        return Caller({"Authorization": f"Bearer {key.text}"})

    return make


def signed_in(user: User) -> Caller:
    caller = Caller()
    caller.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return caller


@pytest.fixture
def staff(city: City) -> Callable[[str], Caller]:
    """Sign in as a member of Riverton's staff with a role."""

    def sign_in(role: str) -> Caller:
        user = create_user(email=f"{role}@riverton.example", name=role)
        grant_membership(user=user, tenant=city.tenant, role=role)
        return signed_in(user)

    return sign_in


@pytest.fixture
def officer(city: City) -> Caller:
    return signed_in(city.officer)


MARK = "zanzibar"  # a word that only Riverton's rows hold


@dataclass(frozen=True)
class Holdings:
    """One of everything that Riverton owns, each with the mark in a text where it has one."""

    city: City
    report: Report
    issue: Issue
    department_id: int


def new_issue(**values: Any) -> NewIssue:
    facts = {
        "title": f"Pothole {MARK}",
        "category": "infrastructure",
        "severity": "medium",
        "service_code": MARK,
        "lat": 42.36,
        "lng": -71.06,
        "cell": 1,
        "address": f"1 {MARK} St",
        "report_count": 1,
        "first_report_at": MOMENT,
        "last_report_at": MOMENT,
    }
    return NewIssue(**(facts | values))


@pytest.fixture
def holdings(city: City) -> Holdings:
    with tenant_scope(city.id):
        create_services(tenant_id=city.id, drafts=[ServiceDraft(code=MARK, name=MARK)])
        draft = ReportDraft(
            description=f"A pothole, {MARK}",
            lat=42.36,
            lng=-71.06,
            service_code=MARK,
            contact_name="Ann",
            contact_email="ann@example.org",
        )
        report = submit_report(tenant_id=city.id, draft=draft, channel="api", now=MOMENT)
        triage_reports(tenant_id=city.id, limit=10)
        (issue_id,) = open_issues(tenant_id=city.id, issues=[new_issue()])
        issue = Issue.objects.get(pk=issue_id)
        Report.objects.filter(pk=report.pk).update(issue=issue)
        add_comment(issue=issue, author=city.officer, text=f"Looked at it, {MARK}", is_public=False, now=MOMENT)
        department = create_department(name=f"Roads {MARK}")
        read_words_backlog(tenant_id=city.id)
    return Holdings(city, report, issue, department.pk)


@pytest.fixture
def report_body() -> dict[str, Any]:
    """A report that is accepted."""
    return {"description": "Street light out", "lat": 42.36, "lng": -71.06, "service_code": "street-light"}
