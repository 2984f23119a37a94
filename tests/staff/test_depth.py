"""What no index leads to is looked for in the newest rows, and the list says so: it costs the same in every city."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.grouping.models import Placement
from apps.issues.models import Comment, Issue
from apps.reports.models import Report
from apps.sla.models import SLAClock, SLAMetric
from apps.staff import counting, depth, issues, reports
from apps.staff.depth import COVERED_DEPTH, LIST_DEPTH, Narrowing, covered_fields, rows_to_look_through, served_fields
from apps.tenants.scoping import tenant_scope
from tests.staff.test_every_page import OURS

REPORTS = "/admin/reports/report/"
NEWEST_FIRST = [model for model in OURS if admin.site.get_model_admin(model).newest_by]


def by(*fields: str) -> list[Narrowing]:
    return [Narrowing(field, lambda rows: rows) for field in fields]


@pytest.mark.parametrize("model", NEWEST_FIRST, ids=lambda model: model._meta.label)
def test_an_index_leads_to_the_newest_rows_of_every_list_that_grows(model):
    mine = admin.site.get_model_admin(model)
    assert mine.ordering[0] == f"-{mine.newest_by}"
    # Every domain table has UNIQUE (tenant_id, id), from its migration.
    led = {names[1] for names, condition in depth._indexes(model) if condition is None} | {"id"}
    assert mine.newest_by in led


def test_every_table_that_grows_is_listed_so():
    grow = {"reports.Report", "issues.Issue", "issues.Comment", "sla.SLAClock", "sla.SLAMetric"}
    grow |= {"triage.Classification", "triage.ClassificationBatch", "grouping.Placement", "insights.DailyRollup"}
    assert grow <= {model._meta.label for model in NEWEST_FIRST}


def test_what_an_index_leads_to_is_read_from_the_indexes_themselves():
    assert {"status", "issue"} <= served_fields(Report, "received_at")
    assert not {"channel", "id", "received_at", "triage_state"} & served_fields(Report, "received_at")
    assert {"channel", "category", "severity"} <= covered_fields(Report, "received_at")
    assert not {"triage_state", "issue"} & covered_fields(Report, "received_at")
    assert covered_fields(Placement, "id") == set()
    assert {"resolution_outcome", "response_outcome", "issue"} <= served_fields(SLAMetric, "started_at")
    assert served_fields(SLAClock, "id") >= {"issue"}
    assert not {"state", "due_at"} & served_fields(SLAClock, "id")


@pytest.mark.parametrize(
    ("model", "newest_by", "fields", "first", "rows"),
    [
        (Report, "received_at", [], "-received_at", None),
        (Report, "received_at", [], "received_at", None),
        (Report, "received_at", ["status"], "-received_at", None),
        (Report, "received_at", ["status", "received_at"], "-received_at", None),
        (Report, "received_at", ["channel"], "-received_at", COVERED_DEPTH),
        (Report, "received_at", ["channel", "status"], "-received_at", COVERED_DEPTH),
        (Report, "received_at", ["channel", "issue"], "-received_at", LIST_DEPTH),
        (Report, "received_at", ["triage_state"], "-received_at", LIST_DEPTH),
        (Report, "received_at", [], "channel", LIST_DEPTH),
        (Report, "received_at", ["status"], "channel", LIST_DEPTH),
        (Placement, "id", [], "report", None),
        (Placement, "id", ["method"], "report", LIST_DEPTH),
        (Issue, "first_report_at", [], "promise__next_due_at", LIST_DEPTH),
    ],
)
def test_how_far_which_lists_look(model, newest_by, fields, first, rows):
    assert rows_to_look_through(by(*fields), [first, "-id"], model=model, newest_by=newest_by) == rows


@pytest.fixture
def dated(full_city, moment, monkeypatch):
    """Riverton with a report a day, the oldest by telephone and closed; lists look at five, by their index at ten."""
    monkeypatch.setattr(depth, "COVERED_DEPTH", 10)
    monkeypatch.setattr(depth, "LIST_DEPTH", 5)
    with tenant_scope(full_city.id):
        Report.objects.all().delete()
        Report.objects.bulk_create(
            Report(
                description=f"Number {n}",
                received_at=moment - timedelta(days=n),
                updated_at=moment,
                channel="phone" if n == 19 else "web",
                status="closed" if n == 19 else "open",
            )
            for n in range(20)
        )
    return full_city


def listed(client, query):
    page = client.get(REPORTS + query)
    cl = page.context["cl"]
    return [int(row.description.split()[1]) for row in cl.result_list], cl, page.content.decode()


def test_a_filter_without_an_index_looks_through_the_newest_rows_and_says_how_far(dated, officer_client, moment):
    rows, cl, page = listed(officer_client, "?channel__exact=web")
    assert rows == list(range(10))
    assert cl.depth.day == moment - timedelta(days=9)
    assert "back to 23 Feb 2026" in page
    assert listed(officer_client, "?channel__exact=phone")[0] == []
    assert listed(officer_client, "?triage_state__exact=pending")[0] == list(range(5))
    assert listed(officer_client, "?triage_state__exact=pending&channel__exact=web")[0] == list(range(5))


def test_a_filter_with_an_index_and_the_lists_own_order_reach_everything(dated, officer_client):
    for query, found in (("?status__exact=closed", [19]), ("", range(20)), ("?o=6", range(19, -1, -1))):
        rows, cl, page = listed(officer_client, query)
        assert (rows, cl.depth) == (list(found), None), query
        assert "looked through" not in page


def test_another_order_sorts_the_newest_rows(dated, officer_client):
    rows, cl, _ = listed(officer_client, "?o=2.-6")
    assert sorted(rows) == list(range(5))
    assert cl.depth.rows == 5


def test_open_work_is_shown_however_old_it_is(full_city, officer_client, monkeypatch):
    monkeypatch.setattr(depth, "COVERED_DEPTH", 1)
    with tenant_scope(full_city.id):
        old, new = Issue.objects.order_by("first_report_at").first(), Issue.objects.order_by("first_report_at").last()
    listing = officer_client.get("/admin/issues/issue/").context["cl"]
    assert (listing.result_count, listing.depth) == (3, None)
    assert old in officer_client.get("/admin/issues/issue/?status=open").context["cl"].result_list
    with tenant_scope(full_city.id):
        Issue.objects.filter(pk__in=[old.pk, new.pk]).update(status="closed")
    assert list(officer_client.get("/admin/issues/issue/?status=closed").context["cl"].result_list) == [new]


def test_a_choice_of_days_looks_further_back(dated, officer_client):
    rows, _, _ = listed(officer_client, "?received_at_to=2026-02-20&channel__exact=phone")
    assert rows == [19]
    rows, cl, _ = listed(officer_client, "?received_at_to=2026-02-28&channel__exact=web")
    assert rows == list(range(4, 14))
    assert cl.depth is not None


def test_the_depth_is_measured_behind_what_an_index_leads_to(dated, officer_client):
    rows, cl, _ = listed(officer_client, "?status__exact=closed&channel__exact=phone")
    assert (rows, cl.depth) == ([19], None)
    with tenant_scope(dated.id):
        issue = Issue.objects.first()
        Report.objects.filter(description="Number 18").update(issue=issue)
    rows, _, _ = listed(officer_client, f"?issue__id__exact={issue.pk}&channel__exact=web")
    assert rows == [18]


def test_both_days_of_a_choice_belong_to_it_by_the_citys_clock(dated, officer_client):
    zone = ZoneInfo("America/New_York")
    edges = [datetime(2026, 2, 10, 0, 0, tzinfo=zone), datetime(2026, 2, 10, 23, 59, 59, tzinfo=zone)]
    with tenant_scope(dated.id):
        for number, at in enumerate(
            (edges[0], edges[1], edges[0] - timedelta(seconds=1), edges[1] + timedelta(seconds=1))
        ):
            Report.objects.create(description=f"Number {100 + number}", received_at=at, updated_at=at)
    rows, _, _ = listed(officer_client, "?received_at_from=2026-02-10&received_at_to=2026-02-10")
    assert rows == [101, 100]
    for nonsense in ("x", "0000-00-00", "9999-12-31"):
        assert listed(officer_client, f"?received_at_to={nonsense}")[1].result_count == 24


def test_a_page_joins_only_the_rows_that_it_shows(full_city, moment, officer_client):
    with tenant_scope(full_city.id):
        issue = Issue.objects.first()
        Comment.objects.bulk_create(Comment(issue=issue, text=f"Comment {n}") for n in range(120))
        wanted = list(Comment.objects.order_by("-id").values_list("pk", flat=True))[50:100]
    with CaptureQueriesContext(connection) as queries:
        page = officer_client.get("/admin/issues/comment/?p=2")
    assert [row.pk for row in page.context["cl"].result_list] == wanted
    (skipping,) = [query["sql"] for query in queries if "OFFSET 50" in query["sql"]]
    inner = skipping.rpartition(" IN (SELECT ")[2]
    assert "OFFSET 50" in inner
    assert "JOIN" not in inner


def test_due_times_are_ordered_without_reading_other_cities(full_city, full_other_city, officer_client):
    with CaptureQueriesContext(connection) as queries:
        page = officer_client.get("/admin/issues/issue/?o=6")
    assert page.context["cl"].result_count == 3
    (ordered,) = [query["sql"] for query in queries if '"next_due_at" ASC' in query["sql"]]
    joins = ordered.count('JOIN "sla_metrics"')
    assert 0 < joins == len(re.findall(r'"tenant_id" = \("?(?:issues|U0)"?\."tenant_id"\)', ordered))


def test_a_search_shows_the_newest_of_what_it_finds(full_city, officer_client, monkeypatch):
    for module in (counting, reports, issues):
        monkeypatch.setattr(module, "SEARCH_CAP", 1)
    page = officer_client.get(REPORTS, {"q": "Riverton"})
    assert (page.context["cl"].result_count, page.context["cl"].paginator.capped) == (1, True)
    assert "more than 1 reports" in page.content.decode()
    assert officer_client.get(REPORTS).context["cl"].result_count == 3


def test_comments_are_searched_among_the_newest(full_city, officer_client, monkeypatch):
    monkeypatch.setattr(depth, "LIST_DEPTH", 2)
    with tenant_scope(full_city.id):
        issue = Issue.objects.first()
        Comment.objects.bulk_create(Comment(issue=issue, text=text) for text in ("old lamp", "lamp", "new lamp"))
    page = officer_client.get("/admin/issues/comment/?q=lamp")
    assert {row.text for row in page.context["cl"].result_list} == {"lamp", "new lamp"}
