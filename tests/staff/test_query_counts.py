"""A changelist costs the same number of queries at 1, 50 and 500 rows; query_budgets.json says what each is for."""

import json
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.insights.models import DailyRollup
from apps.issues.models import Comment, Department, Issue
from apps.reports.models import Report, Service
from apps.staff.counting import COUNT_CAP, CappedPaginator
from apps.tenants.models import User
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user, grant_membership
from tests.staff.conftest import fill
from tests.staff.test_every_page import OURS, url_of

BUDGETS = json.loads((Path(__file__).parent / "query_budgets.json").read_text())
LIST = BUDGETS["changelist"]


@pytest.fixture(params=[1, 50, 500])
def rows(request, city, moment):
    fill(city, moment, reports=request.param + 1)
    for number in range(request.param):
        user = create_user(email=f"{number}@riverton.example")
        grant_membership(user=user, tenant=city.tenant)
    with tenant_scope(city.id):
        Department.objects.bulk_create(Department(name=f"Department {n}") for n in range(request.param))
        Service.objects.bulk_create(Service(code=f"s{n}", name=f"Service {n}") for n in range(request.param))
        issue = Issue.objects.first()
        Comment.objects.bulk_create(Comment(issue=issue, text=f"Comment {n}") for n in range(request.param))
        assert DailyRollup.objects.exists()
    return request.param


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_changelists_stay_within_their_budget(rows, officer_client):
    signing_in = len(LIST["signing in"])
    over = {}
    for model in OURS:
        label = model._meta.label
        budget = signing_in + len(LIST["list"]) + len(LIST["beyond the list"].get(label, []))
        assert budget <= 10
        count = queries_of(officer_client, url_of(model, "changelist"))
        if count > budget:
            over[label] = (count, budget)
    assert over == {}


def test_sorting_and_filtering_cost_one_query_more_at_any_size(rows, officer_client):
    signing_in = len(LIST["signing in"])
    over = {}
    for model in OURS:
        mine, url, label = admin.site.get_model_admin(model), url_of(model, "changelist"), model._meta.label
        budget = signing_in + len(LIST["list"]) + len(LIST["beyond the list"].get(label, []))
        budget += len(LIST["filtered or sorted"]) if mine.newest_by else 0
        assert budget <= 10
        asked = [f"?o={column}" for column in range(len(mine.list_display) + 1)]
        asked += [f"?{field[0]}__exact=1" for field in mine.list_filter if isinstance(field, tuple)]
        counts = {query: queries_of(officer_client, url + query) for query in asked if "_at" not in query}
        over |= {label + query: count for query, count in counts.items() if count > budget}
    assert over == {}


@pytest.mark.parametrize("model", [Issue, Report], ids=lambda model: model._meta.label)
def test_a_page_costs_the_same_however_much_there_is(model, rows, city, officer_client):
    ContentType.objects.clear_cache()
    with tenant_scope(city.id):
        pk = model.objects.filter(**({"report_count__gt": 0} if model is Issue else {})).first().pk
    budget = len(LIST["signing in"]) + len(BUDGETS["pages"][model._meta.label])
    assert queries_of(officer_client, url_of(model, "change", pk)) <= budget


def test_counting_stops_at_the_cap(db, monkeypatch):
    User.objects.bulk_create(User(email=f"{number}@many.example") for number in range(12))
    users = User.objects.order_by("email")
    assert (CappedPaginator(users, 5).count, CappedPaginator(users, 5).capped) == (12, False)
    monkeypatch.setattr("apps.staff.counting.COUNT_CAP", 10)
    capped = CappedPaginator(users, 5)
    with CaptureQueriesContext(connection) as queries:
        assert (capped.count, capped.capped, capped.num_pages) == (10, True, 2)
    assert "LIMIT 11" in queries[0]["sql"]
    assert COUNT_CAP == 10_000
