"""Every route of /api/v1, as registered, is walked with Riverton's ids by Hillford's key, Hillford's staff and nobody.

A new route is walked by itself; one with a parameter that is not in `ids_of` fails until its value is named there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from django.urls import URLPattern, URLResolver

from apps.issues.models import Comment, Issue, IssueEvent
from apps.reports.models import Report
from apps.rest.urls import urlpatterns
from apps.rest.views import ScopedView, UnknownPath
from apps.sla.models import BusinessCalendar, SLAPolicy
from apps.tenants.scoping import tenant_scope
from apps.triage.models import Classification, ClassificationBatch
from tests.rest.conftest import MARK, PROBLEM, Caller, Holdings, signed_in

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
PUBLIC = {"schema", "docs", "redoc", "unknown"}


@dataclass(frozen=True)
class Route:
    """A registered pattern: `name` says whose ids its parameters take."""

    template: str
    name: str
    parameters: tuple[str, ...]
    view: Any


def walk(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[Route]:
    for each in patterns:
        template = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from walk(each.url_patterns, template)
        else:
            parameters = tuple(each.pattern.converters)
            view = getattr(each.callback, "cls", None) or each.callback.view_class
            yield Route(template, each.name or "", parameters, view)


ROUTES = [route for route in walk(urlpatterns) if route.name not in PUBLIC]


def ids_of(holdings: Holdings) -> dict[str, dict[str, Any]]:
    """Return the value of each parameter, by the first word of a route's name."""
    with tenant_scope(holdings.city.id):
        return {
            "report": {"public_id": holdings.report.public_id},
            "issue": {"number": holdings.issue.number},
            "service": {"code": MARK},
            "department": {"id": holdings.department_id, "pk": holdings.department_id},
            "tenant": {"slug": holdings.city.tenant.slug},
            "sla-metric": {"issue": holdings.issue.number},
            "sla-policy": {"pk": SLAPolicy.objects.values_list("pk", flat=True)[0]},
            "sla-calendar": {"pk": BusinessCalendar.objects.values_list("pk", flat=True)[0]},
            "triage-batch": {"pk": ClassificationBatch.objects.get().pk},
            "triage-classification": {"pk": Classification.objects.get().pk},
        }


def path_of(route: Route, ids: dict[str, dict[str, Any]]) -> str:
    owner = next((name for name in sorted(ids, key=len, reverse=True) if route.name.startswith(f"{name}-")), "")
    path = route.template
    for name in route.parameters:
        path = re.sub(rf"<(\w+:)?{name}>", str(ids[owner][name]), path)
    return path


# A body that each write accepts from the owner: with less, a refusal would prove nothing.
BODIES = {
    "report-detail": {"severity": "low"},
    "issue-detail": {"severity": "low"},
    "issue-transition": {"status": "closed"},
    "issue-assign": {"department": None},
    "issue-comments": {"text": "from outside"},
}


# Routes without a GET; the owner's POST is shown below.
ONLY_WRITTEN = {"issue-transition", "issue-assign"}


def identities(document: Any) -> set[str]:
    """Return what identifies rows, anywhere in a document."""
    if isinstance(document, dict):
        own = {f"{name}={value}" for name, value in document.items() if name in ("id", "public_id")}
        return own.union(*(identities(value) for value in document.values()))
    return set().union(*(identities(value) for value in document)) if isinstance(document, list) else set()


def state_of(holdings: Holdings) -> list[Any]:
    with tenant_scope(holdings.city.id):
        rows = [list(model.objects.order_by("pk").values()) for model in (Report, Issue, Comment, IssueEvent)]
        return [*rows, Classification.objects.count()]


def test_every_view_is_one_that_runs_inside_a_tenant():
    assert ROUTES
    assert all(issubclass(route.view, ScopedView) and not route.view.anonymous_allowed for route in ROUTES)
    public = [route for route in walk(urlpatterns) if route.name in PUBLIC]
    assert {route.name for route in public} == PUBLIC
    assert not [route for route in public if route.template.startswith("/api/v1/")]
    assert [route.view for route in public if route.name == "unknown"] == [UnknownPath]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.template)
def test_the_outsider_gets_nothing(route, holdings, api, officer, other_city):
    path = path_of(route, ids_of(holdings))
    own = api.get(path)
    assert own.status_code == 200 or route.name in ONLY_WRITTEN, own.getvalue()
    before = state_of(holdings)
    for outsider in (Caller(other_city.headers), signed_in(other_city.officer)):
        for method in METHODS:
            _refuse_or_show_nothing(outsider, method, path, route, own)
    assert state_of(holdings) == before


def _refuse_or_show_nothing(outsider: Caller, method: str, path: str, route: Route, own: Any) -> None:
    body = BODIES.get(route.name, {}) if method in ("POST", "PUT", "PATCH") else None
    answer = outsider(method, path, body)
    if route.parameters and method not in ("OPTIONS",):
        assert answer.status_code in (403, 404, 405), (method, answer.content)
    assert answer.status_code < 500
    # Exports are streamed: getvalue() reads both kinds.
    content = answer.getvalue()
    assert MARK.encode() not in content
    assert b"iverton" not in content.replace(path.encode(), b"")
    if method == "GET" and answer.status_code == 200 and not answer.streaming:
        assert not identities(answer.json()) & identities(own.json())


@pytest.mark.parametrize("name", sorted(BODIES))
def test_the_bodies_of_the_walk_are_accepted_from_the_owner(name, holdings, officer):
    route = next(route for route in ROUTES if route.name == name)
    method = "PATCH" if name.endswith("-detail") else "POST"
    assert officer(method, path_of(route, ids_of(holdings)), BODIES[name]).status_code in (200, 201)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.template)
def test_nobody_gets_nothing(route, holdings, anonymous):
    path = path_of(route, ids_of(holdings))
    for method in METHODS:
        answer = anonymous(method, path, {} if method in ("POST", "PUT", "PATCH") else None)
        assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM), method
        assert answer["WWW-Authenticate"] == 'Bearer realm="wardline"'
        assert not answer.content or orjson.loads(answer.content)["status"] == 401


def test_a_list_of_the_outsider_is_his_own(holdings, outsider):
    assert [tenant["slug"] for tenant in outsider.get("/api/v1/tenants/").json()["items"]] == ["hillford"]
    assert outsider.get("/api/v1/issues/").json()["items"] == []
