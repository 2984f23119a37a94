"""`search=` finds texts by their words and goes together with pages, filters and orderings."""

from datetime import timedelta

import pytest

from apps.pipeline.services import read_words_backlog
from apps.reports.models import Report
from apps.reports.services import NewReport, store_batch
from apps.tenants.scoping import tenant_scope
from tests.conftest import MOMENT

REPORTS = "/api/v1/reports/"


@pytest.fixture
def hydrants(city):
    """Thirty reports of hydrants, five minutes apart, every third a critical one; and thirty of something else."""
    with tenant_scope(city.id):
        rows = [
            NewReport(external_id="", description=text, received_at=MOMENT - timedelta(minutes=5 * number))
            for number in range(30)
            for text in ("A leaking hydrant", "A dark lamp")
        ]
        store_batch(tenant_id=city.id, reports=rows)
        found = Report.objects.filter(description__contains="hydrant").order_by("-received_at")
        for report in list(found)[::3]:
            Report.objects.filter(pk=report.pk).update(severity="critical")
        read_words_backlog(tenant_id=city.id)
        return [str(public_id) for public_id in found.values_list("public_id", flat=True)]


def leafed_through(api, query):
    ids, cursor = [], ""
    while cursor is not None:
        answer = api.get(f"{REPORTS}?{query}&cursor={cursor}")
        assert answer.status_code == 200, answer.content
        page = answer.json()
        ids += [item["public_id"] for item in page["items"]]
        cursor = page["next"]
    return ids


def test_matches_are_leafed_through_in_every_order_and_under_a_filter(api, hydrants):
    query = "search=hydrants&page_size=4"
    assert leafed_through(api, query) == hydrants
    assert leafed_through(api, f"{query}&ordering=received_at") == hydrants[::-1]
    assert leafed_through(api, f"{query}&severity=critical") == hydrants[::3]


def test_matches_are_leafed_back_and_counted(api, hydrants):
    query = f"{REPORTS}?search=hydrants&page_size=4"
    second = api.get(f"{query}&cursor={api.get(query).json()['next']}").json()
    assert [item["public_id"] for item in second["items"]] == hydrants[4:8]
    first = api.get(f"{query}&cursor={second['previous']}").json()
    assert [item["public_id"] for item in first["items"]] == hydrants[:4]
    last = api.get(f"{query}&page=8").json()
    assert last["total"] == 30
    assert [item["public_id"] for item in last["items"]] == hydrants[28:]


def test_a_new_report_is_found_though_the_same_search_was_cached(api, city, hydrants):
    assert len(leafed_through(api, "search=leaking&page_size=100")) == 30
    with tenant_scope(city.id):
        store_batch(
            tenant_id=city.id, reports=[NewReport(external_id="", description="A leaking tap", received_at=MOMENT)]
        )
        read_words_backlog(tenant_id=city.id)
    assert len(leafed_through(api, "search=leaking&page_size=100")) == 31


@pytest.mark.parametrize("wrong", ["cursor=AAAA", "cursor=%C3%A9", "page_size=x", "page_size=%C2%B2", "page_size=0"])
def test_what_is_wrong_with_a_searched_page_is_named(api, hydrants, wrong):
    answer = api.get(f"{REPORTS}?search=hydrant&{wrong}")
    assert answer.status_code == 400
    assert wrong.split("=")[0] in answer.content.decode()
