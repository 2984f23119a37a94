"""The fast lane says what the viewsets say, byte for byte, and leaves to them what it is not sure of."""

import gzip
import random
from datetime import timedelta
from typing import Any

import pytest

from apps.core.query_counter import QueryCounter
from apps.issues.models import Category, Issue, IssueStatus, Severity
from apps.issues.services import create_department, open_issues
from apps.reports.models import Channel, Report
from apps.reports.services import ServiceDraft, create_services
from apps.rest.issues.filters import IssueFilters
from apps.rest.issues.flat import ISSUES
from apps.rest.reports.filters import ReportFilters
from apps.rest.reports.flat import REPORTS
from apps.rest.sla.filters import MetricFilters
from apps.rest.sla.flat import METRICS
from apps.sla.models import SLAMetric
from apps.sla.services import start_clocks
from apps.tenants.scoping import tenant_scope
from tests.conftest import MOMENT, City
from tests.rest.conftest import Caller, new_issue

ROWS = 60


def in_lane(response: Any) -> bool:
    return response.headers.get("Content-Security-Policy", "").startswith("default-src 'none'")


@pytest.fixture
def varied(city: City) -> City:
    """Riverton with 60 reports and issues of every kind, several of them at the same moment."""
    chance = random.Random(7)
    with tenant_scope(city.id):
        codes = create_services(
            tenant_id=city.id, drafts=[ServiceDraft(code=f"s{n}", name=f"S {n}", category="noise") for n in range(3)]
        )
        department = create_department(name="Roads")
        open_issues(
            tenant_id=city.id,
            issues=[
                new_issue(
                    title=f"“{n}” \\ \u2028 é", first_report_at=MOMENT + timedelta(minutes=n // 3, microseconds=n % 2)
                )
                for n in range(ROWS)
            ],
        )
        issues = list(Issue.objects.order_by("number"))
        for issue in issues:
            issue.status = chance.choice(IssueStatus.values)
            issue.category, issue.severity = chance.choice(Category.values), chance.choice(Severity.values)
            issue.department = chance.choice([None, department])
            issue.assignee = chance.choice([None, city.officer])
            issue.resolved_at = chance.choice([None, MOMENT + timedelta(days=1)])
            issue.lat = chance.choice([None, 42.123456789, 40.0])
            issue.save()
        issues[5].merged_into = issues[6]
        issues[5].save()
        Report.objects.bulk_create(
            Report(
                description=f'Nr {n} \U0001f600 "quoted" \\ back',
                received_at=MOMENT + timedelta(minutes=n // 3, microseconds=chance.choice([0, 1, 500_000])),
                updated_at=MOMENT,
                closed_at=chance.choice([None, MOMENT]),
                category=chance.choice(["", *Category.values]),
                severity=chance.choice(["", *Severity.values]),
                channel=chance.choice(Channel.values),
                status=chance.choice(["open", "closed"]),
                lat=chance.choice([None, 42.1, 42.0]),
                lng=-71.0,
                service_id=chance.choice([None, *codes.values()]),
                issue=chance.choice([None, *issues[:4]]),
            )
            for n in range(ROWS)
        )
        start_clocks(tenant_id=city.id, issue_ids=[issue.pk for issue in issues])
    return city


def both(api: Caller, path: str, **more: Any) -> tuple[Any, Any]:
    """Ask the fast lane, and the viewset: `format=` is DRF's own, and the lane leaves it to DRF."""
    fast = api.get(path, **more)
    slow = api.get(f"{path}{'&' if '?' in path else '?'}format=json", **more)
    assert in_lane(fast), f"{path} was not answered in the fast lane"
    assert not in_lane(slow)
    return fast, slow


FILTERS = {
    "/api/v1/reports/": [
        "status=open",
        "category=noise",
        "severity=high&category=",
        "channel=api",
        "service_code=s1",
        "issue=2",
        "received_after=2026-03-04T15:05:00Z",
        "received_before=2026-03-04T15:05:00%2B00:00&status=closed",
        "ordering=received_at",
    ],
    "/api/v1/issues/": [
        "status=open&status=closed",
        "open=true",
        "open=false",
        "category=safety&severity=low",
        "department=1",
        "assignee=1",
        "reported_after=2026-03-04T15:05:00Z",
        "reported_before=2026-03-04T15:05:00Z",
        "ordering=-number",
        "ordering=number&open=true",
        "ordering=first_report_at",
    ],
    "/api/v1/sla/metrics/": [
        "severity=low",
        "category=noise",
        "state=running",
        "response_outcome=pending",
        "resolution_outcome=missed",
        "started_after=2026-03-04T15:05:00Z",
        "started_before=2026-03-04T15:05:00Z&ordering=started_at",
    ],
}


@pytest.mark.parametrize("path", FILTERS)
def test_lists_are_the_same_by_cursor_and_by_number_with_every_filter(path: str, varied: City, api: Caller) -> None:
    for query in ["", *FILTERS[path]]:
        for paging in ("page_size=7", "page=2&page_size=3", "page=1&page_size=100", "page_size=7&cursor="):
            asked = f"{path}?{query}&{paging}" if query else f"{path}?{paging}"
            fast = api.get(asked)
            slow = api.get(f"{asked}&format=json")
            assert in_lane(fast) == (fast.status_code == 200), asked
            assert (fast.status_code, fast.content) == (slow.status_code, slow.content), asked


@pytest.mark.parametrize("path", FILTERS)
def test_cursors_of_one_lane_lead_on_in_the_other_and_back(path: str, varied: City, api: Caller) -> None:
    way, cursors = [], [""]
    while cursors[-1] is not None:
        fast, slow = both(api, f"{path}?page_size=7&cursor={cursors[-1]}")
        assert fast.content == slow.content
        way.append(fast.json()["items"])
        cursors.append(fast.json()["next"])
    assert sum(map(len, way)) == (ROWS - 1 if path == "/api/v1/issues/" else ROWS)
    back = fast.json()["previous"]
    for items in reversed(way[:-1]):
        fast, slow = both(api, f"{path}?page_size=7&cursor={back}")
        assert fast.content == slow.content
        assert fast.json()["items"] == items
        back = fast.json()["previous"]


@pytest.mark.parametrize(
    ("filters", "flat"), [(ReportFilters, REPORTS), (IssueFilters, ISSUES), (MetricFilters, METRICS)]
)
def test_the_lane_knows_every_filter_of_the_viewset(filters: Any, flat: Any) -> None:
    assert set(filters.base_filters) == set(flat.conditions)


@pytest.mark.parametrize(
    "wanted", ["", "?include=reports", "?fields=number,department,assignee", "?fields=title&include=reports"]
)
def test_a_single_issue_is_the_same(wanted: str, varied: City, api: Caller) -> None:
    for number in (1, 2, 6, ROWS):
        fast, slow = both(api, f"/api/v1/issues/{number}/{wanted}")
        assert fast.content == slow.content
        written = api.patch(f"/api/v1/issues/{number}/", {"severity": fast.json().get("severity", "low")}).json()
        assert {
            name: written[name] for name in written.keys() & fast.json().keys() - {"severity", "updated_at", "version"}
        } == {
            name: value
            for name, value in fast.json().items()
            if name not in ("reports", "severity", "updated_at", "version")
        }


def test_an_issue_shows_its_newest_reports(varied: City, api: Caller) -> None:
    shown = api.get("/api/v1/issues/1/?include=reports").json()["reports"]
    listed = api.get("/api/v1/issues/1/reports/?page_size=50").json()["items"]
    assert shown
    assert shown == listed


def test_the_dashboard_is_the_same(varied: City, api: Caller) -> None:
    for days in ("", "?days=7", "?days=all"):
        fast, slow = both(api, f"/api/v1/dashboard/{days}")
        assert fast.content == slow.content


@pytest.mark.parametrize("lane", ["", "&format=json"])
def test_only_the_fields_asked_for_are_sent(lane: str, varied: City, api: Caller) -> None:
    page = api.get(f"/api/v1/reports/?fields=issue,public_id&page_size=3{lane}").json()
    assert [list(item) for item in page["items"]] == [["public_id", "issue"]] * 3
    assert api.get(f"/api/v1/reports/?cursor={page['next']}&page_size=3{lane}").json()["items"]
    refused = api.get(f"/api/v1/reports/?fields=public_id,secret{lane}")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "fields"


@pytest.mark.parametrize("lane", ["", "?format=json"])
def test_who_has_the_answer_is_not_sent_it_again(lane: str, varied: City, api: Caller) -> None:
    first = api.get(f"/api/v1/reports/{lane}")
    tag = first.headers["ETag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        again = api.get(f"/api/v1/reports/{lane}", HTTP_IF_NONE_MATCH=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
    assert api.get(f"/api/v1/reports/{lane}", HTTP_IF_NONE_MATCH='"other"').status_code == 200
    with tenant_scope(varied.id):
        Report.objects.filter(pk=Report.objects.order_by("-received_at").values("pk")[:1]).update(description="changed")
    body = {"description": "Street light out", "lat": 42.36, "lng": -71.06}
    assert api.post("/api/v1/reports/", body).status_code == 201
    assert api.get(f"/api/v1/reports/{lane}", HTTP_IF_NONE_MATCH=tag).status_code == 200


@pytest.mark.parametrize("lane", ["?", "?format=json&"])
def test_large_answers_are_compressed_for_those_who_take_it(lane: str, varied: City, api: Caller) -> None:
    plain = api.get(f"/api/v1/reports/{lane}")
    small = api.get(f"/api/v1/reports/{lane}page_size=1&fields=status", HTTP_ACCEPT_ENCODING="gzip")
    packed = api.get(f"/api/v1/reports/{lane}", HTTP_ACCEPT_ENCODING="br, gzip")
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in small.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 3
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    refused = api.get(f"/api/v1/reports/{lane}", HTTP_ACCEPT_ENCODING="gzip;q=0")
    assert "Content-Encoding" not in refused.headers


LEFT_TO_THE_VIEWSET = [
    ("/api/v1/reports/?status=purple", 400),
    ("/api/v1/reports/?colour=red", 400),
    ("/api/v1/reports/?page=1&cursor=", 400),
    ("/api/v1/reports/?page=999", 400),
    ("/api/v1/reports/?page_size=501", 400),
    ("/api/v1/reports/?cursor=forged", 400),
    ("/api/v1/reports/?received_after=yesterday", 400),
    ("/api/v1/reports/?received_after=2026-03-04", 200),
    ("/api/v1/reports/?service_code=nothing", 400),
    ("/api/v1/issues/?ordering=title", 400),
    ("/api/v1/issues/9999/", 404),
    ("/api/v1/issues/1/?include=secrets", 400),
    ("/api/v1/dashboard/?days=-1", 400),
]


@pytest.mark.parametrize(("path", "status"), LEFT_TO_THE_VIEWSET)
def test_what_is_not_plain_is_explained_by_the_viewset_and_counted_once(
    path: str, status: int, varied: City, api: Caller
) -> None:
    before = int(api.get("/api/v1/reports/").headers["X-RateLimit-Remaining"])
    answer = api.get(path)
    assert answer.status_code == status
    assert not in_lane(answer)
    assert int(answer.headers["X-RateLimit-Remaining"]) == before - 1


@pytest.mark.django_db(transaction=True)
def test_a_hit_costs_no_query_and_a_miss_one(varied: City, api: Caller) -> None:
    api.get("/api/v1/issues/")
    with QueryCounter() as cold:
        api.get("/api/v1/reports/")
    with QueryCounter() as warm:
        api.get("/api/v1/reports/")
    assert (len(cold), len(warm)) == (1, 0), cold.report()


def test_outsiders_keys_without_the_scope_and_strangers_get_nothing(
    varied: City, api: Caller, outsider: Caller, anonymous: Caller, key_with: Any
) -> None:
    assert api.get("/api/v1/reports/").json()["items"]
    assert outsider.get("/api/v1/reports/").json()["items"] == []
    assert outsider.get("/api/v1/issues/1/").status_code == 404
    assert anonymous.get("/api/v1/reports/").status_code == 401
    assert Caller({"Authorization": "Bearer wl_nobody_knows"}).get("/api/v1/reports/").status_code == 401
    assert key_with(scopes=["write"]).get("/api/v1/reports/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_without_the_cache_the_answers_are_the_same(varied: City, api: Caller, settings: Any) -> None:
    paths = ["/api/v1/reports/", "/api/v1/issues/?page=2&page_size=10", "/api/v1/issues/1/", "/api/v1/dashboard/"]
    cached = [api.get(path).content for path in paths]
    settings.CACHE_ENABLED = False
    assert [api.get(path).content for path in paths] == cached


def test_a_host_that_is_not_ours_is_refused(varied: City, api: Caller) -> None:
    assert api.get("/api/v1/reports/", HTTP_HOST="evil.example").status_code == 400


def test_sla_metrics_exist_for_the_comparison(varied: City) -> None:
    with tenant_scope(varied.id):
        assert SLAMetric.objects.count() == ROWS
