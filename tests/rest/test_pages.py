"""Pages by cursor and by number walk every row once, both ways."""

import pytest

from apps.issues.services import open_issues
from apps.tenants.scoping import tenant_scope
from tests.rest.conftest import Caller, new_issue

ISSUES = "/api/v1/issues/"


@pytest.fixture(autouse=True)
def _seven_issues(city):
    # All reported at one moment: only the id decides.
    with tenant_scope(city.id):
        open_issues(tenant_id=city.id, issues=[new_issue()] * 7)


def numbers(page):
    return [item["number"] for item in page["items"]]


def test_cursors_walk_forth_and_back(api):
    first = api.get(f"{ISSUES}?cursor=&page_size=3").json()
    assert set(first) == {"items", "next", "previous", "has_next", "has_previous"}
    assert (numbers(first), first["has_previous"], first["previous"]) == ([7, 6, 5], False, None)
    second = api.get(f"{ISSUES}?cursor={first['next']}&page_size=3").json()
    last = api.get(f"{ISSUES}?cursor={second['next']}&page_size=3").json()
    assert (numbers(second), numbers(last), last["has_next"], last["next"]) == ([4, 3, 2], [1], False, None)
    back = api.get(f"{ISSUES}?cursor={last['previous']}&page_size=3").json()
    assert numbers(back) == [4, 3, 2]


def test_numbered_pages_tell_the_whole(api):
    page = api.get(f"{ISSUES}?page=2&page_size=3&ordering=number").json()
    assert page.pop("items")[0]["number"] == 4
    assert page == {
        "total": 7,
        "page": 2,
        "page_size": 3,
        "total_pages": 3,
        "has_next": True,
        "has_previous": True,
    }


@pytest.mark.parametrize("elsewhere", ["ordering=number", "status=open"])
def test_a_cursor_holds_for_its_own_list_only(api, elsewhere):
    cursor = api.get(f"{ISSUES}?page_size=3").json()["next"]
    refused = api.get(f"{ISSUES}?{elsewhere}&cursor={cursor}")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "cursor")


def test_a_cursor_of_one_city_is_refused_by_another(api, other_city):
    cursor = api.get(f"{ISSUES}?page_size=3").json()["next"]
    assert Caller(other_city.headers).get(f"{ISSUES}?cursor={cursor}").status_code == 400


def test_the_largest_pages_are_allowed(api):
    assert api.get(f"{ISSUES}?page=1&page_size=100").status_code == 200
    assert api.get(f"{ISSUES}?page_size=500").status_code == 200
