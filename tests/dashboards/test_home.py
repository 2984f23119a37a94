"""The dashboard shows the city's own figures, and they agree with the raw rows."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.db.models import Count

from apps.core import clock
from apps.core.query_counter import QueryCounter
from apps.dashboards.charts import Span, flow_chart, line_chart, nice_ceiling, short_number, spans
from apps.dashboards.services import warm_dashboards
from apps.dashboards.templatetags.dashboard_figures import grade, percent
from apps.insights.models import RollupMark
from apps.issues.models import Issue
from apps.issues.services import transition_issue
from apps.pipeline.services import process_backlog
from apps.reports.models import Report
from apps.reports.services import NewReport, store_batch
from apps.sla.models import SLAMetric
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user


def report_some(city, count: int):
    now = clock.now()
    rows = [
        NewReport(
            external_id=str(number),
            source="test",
            description=f"Graffiti number {number}",
            received_at=now - timedelta(hours=number % 200),
            lat=42.0 + number * 0.01,
            lng=-71.0,
        )
        for number in range(count)
    ]
    with tenant_scope(city.id):
        store_batch(tenant_id=city.id, reports=rows)
        process_backlog(tenant_id=city.id)


def figure(content: str, name: str) -> str:
    return re.search(rf"<b>([^<]*)</b><span>{name}</span>", content)[1]


def test_the_figures_are_those_of_the_raw_rows(city, client):
    report_some(city, 7)
    with tenant_scope(city.id):
        transition_issue(issue_id=Issue.objects.first().pk, status="resolved", actor=None, now=clock.now())
        process_backlog(tenant_id=city.id)
        still_open = Issue.objects.open().count()
    client.force_login(city.officer)
    content = client.get("/dashboard/").content.decode()
    assert figure(content, "open issues") == str(still_open) == "6"
    assert figure(content, "reports in this period") == "7"
    assert figure(content, "issues resolved") == "1"
    assert "Riverton" in content


def test_a_city_without_reports_says_where_they_come_from(city, client):
    client.force_login(city.officer)
    assert b"/riverton/report/" in client.get("/dashboard/").content


def test_only_staff_of_a_city_see_a_dashboard(city, other_city, client):
    report_some(city, 3)
    assert client.get("/dashboard/")["Location"] == "/admin/login/?next=/dashboard/"
    client.force_login(other_city.officer)
    content = client.get("/dashboard/").content.decode()
    assert "Hillford" in content
    assert "Riverton" not in content
    client.force_login(create_user(email="lost@nowhere.example"))
    assert client.get("/dashboard/").status_code == 403


def test_the_admins_front_page_shows_the_same_figures(city, client):
    report_some(city, 7)
    client.force_login(city.officer)
    assert figure(client.get("/admin/").content.decode(), "reports in this period") == "7"


def test_every_figure_agrees_with_sql_over_the_raw_rows(city, client):
    report_some(city, 40)
    with tenant_scope(city.id):
        for issue in Issue.objects.order_by("pk")[:6]:
            transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=clock.now())
        process_backlog(tenant_id=city.id)
        open_by = {
            name: dict(Issue.objects.open().values_list(name).annotate(Count("pk")))
            for name in ("status", "category", "severity")
        }
        reports = Report.objects.count()
        kept = SLAMetric.objects.filter(resolution_outcome="met").count()
        missed = SLAMetric.objects.filter(resolution_outcome="missed").count()
    client.force_login(city.officer)
    context = client.get("/dashboard/").context
    shown = {
        "status": {line["word"]: line["open"] for line in context["statuses"] if line["open"]},
        "category": {line["word"]: line["open"] for line in context["categories"] if line["open"]},
        "severity": {line["word"]: line["open"] for line in context["severities"] if line["open"]},
    }
    assert shown == open_by
    assert context["in_window"] == {"reports": reports, "opened": 40, "resolved": 6}
    promise = context["figures"]["resolution"]
    assert (promise["met"], promise["missed"]) == (kept, missed)
    assert kept


def test_each_number_leads_to_the_issues_that_it_counts(city, client):
    report_some(city, 5)
    client.force_login(city.officer)
    content = client.get("/dashboard/").content.decode()
    links = re.findall(
        r'href="(/admin/issues/issue/\?[^"]+)">[^<]*</a><svg.*?<td class="number">(\d+)</td>', content, re.DOTALL
    )
    assert len(links) == 6 + 4 + 4
    for link, count in links:
        page = client.get(link.replace("&amp;", "&"))
        assert page.status_code == 200, link
        assert page.context["cl"].result_count == int(count), link


def test_an_archive_says_when_it_ended(city, client):
    rows = [
        NewReport(
            external_id="1",
            source="test",
            description="Graffiti of long ago",
            received_at=datetime(2019, 5, 6, 12, tzinfo=UTC),
            lat=42.0,
            lng=-71.0,
        )
    ]
    with tenant_scope(city.id):
        store_batch(tenant_id=city.id, reports=rows)
        process_backlog(tenant_id=city.id)
    client.force_login(city.officer)
    content = client.get("/dashboard/").content.decode()
    assert "data ends on 6 May 2019" in content
    assert figure(content, "reports in this period") == "1"


def test_figures_that_are_behind_say_so(city, client):
    report_some(city, 1)
    client.force_login(city.officer)
    assert "being counted" not in client.get("/dashboard/").content.decode()
    with tenant_scope(city.id):
        RollupMark.objects.create(day=clock.now().date())
        # Inside this test's transaction nothing is kept, so that the page reads anew.
        assert "being counted" in client.get("/dashboard/").content.decode()


def test_a_superuser_sees_one_city_at_a_time(city, other_city, client):
    report_some(city, 3)
    client.force_login(create_user(email="root@wardline.example", is_superuser=True))
    for slug, name, other in (("riverton", "Riverton", "Hillford"), ("hillford", "Hillford", "Riverton")):
        client.post("/admin/switch-tenant/", {"tenant": slug})
        content = client.get("/dashboard/").content.decode()
        assert name in content
        assert other not in content


@pytest.mark.django_db(transaction=True)  # inside a transaction that changed the rows nothing is kept
def test_a_warmed_dashboard_asks_the_database_for_nothing_but_the_person(city, client):
    report_some(city, 3)
    assert warm_dashboards([city.id]) == 4
    client.force_login(city.officer)
    for days in (30, 90, 365, 0):
        with QueryCounter() as queries:
            assert client.get("/dashboard/", {"days": days}).status_code == 200
        # The person, and where the person may work.
        assert len(queries) == 2, queries.report()


@pytest.mark.parametrize("days", ["30", "90", "365", "0", "nonsense", "-1", "99999999999"])
def test_every_window_and_any_nonsense_is_answered(city, client, days):
    report_some(city, 3)
    client.force_login(city.officer)
    assert client.get("/dashboard/", {"days": days}).status_code == 200


def test_the_page_costs_the_same_number_of_queries_at_any_size(city, client):
    client.force_login(city.officer)
    for size in (1, 50, 500):
        report_some(city, size)
        for path in ("/dashboard/", "/dashboard/?days=0", "/admin/"):
            with QueryCounter() as queries:
                assert client.get(path).status_code == 200
            # The person, where the person may work, and all the figures.
            assert len(queries) == 3, queries.report()
            assert not queries.repeated()


def test_axes_end_on_round_numbers():
    assert [nice_ceiling(value) for value in (0, 1, 7, 9, 130, 4_100)] == [4, 4, 8, 12, 160, 6_000]


def test_axis_labels_are_short():
    assert [short_number(n) for n in (0, 7_500, 20_000, 1_500_000)] == ["0", "7,500", "20k", "1.5M"]


def day_points(count: int):
    first = date(2026, 3, 1)
    return [
        {"day": (first + timedelta(days=n)).isoformat(), "reports": n + 2, "opened": n * 3, "resolved": 1, "open": n}
        for n in range(count)
    ]


def drawn(chart, points):
    return chart(points, say=str, title=lambda span: str(span.first))


def test_charts_stay_inside_their_area():
    points = spans(day_points(30), monthly=False)
    flow, line = drawn(flow_chart, points), drawn(line_chart, points)
    heights = [float(y) for y in re.findall(r"V([\d.]+)h", flow.paths["opened"])]
    # The first day has nothing to draw; the last, the tallest, stays below the top.
    assert len(heights) == 29
    assert 0 <= min(heights) < max(heights) <= 100
    assert max(float(x) + 0.38 for x in re.findall(r"M([\d.]+) ", flow.paths["resolved"])) <= flow.width == 30
    assert line.paths["line"].count("L") == 29
    assert [slot.title for slot in flow.slots][:2] == ["2026-03-01", "2026-03-02"]
    assert drawn(line_chart, []).paths == {"line": "", "area": ""}


def test_too_many_days_become_whole_weeks_and_lose_nothing():
    points = day_points(365)
    weeks = spans(points, monthly=False)
    assert len(spans(points[:120], monthly=False)) == 120
    assert sum(week.opened for week in weeks) == sum(point["opened"] for point in points)
    assert (weeks[-1].last - weeks[-1].first).days == 6
    assert (weeks[0].last - weeks[0].first).days == 7
    assert [week.open for week in weeks][-1] == points[-1]["open"]
    assert all((after.first - before.last).days == 1 for before, after in pairwise(weeks))


def test_a_month_ends_with_its_last_day():
    month = {"day": "2028-02-01", "reports": 1, "opened": 1, "resolved": 0, "open": 1}
    assert spans([month], monthly=True) == [Span(date(2028, 2, 1), date(2028, 2, 29), 1, 1, 0, 1)]


def test_nearly_all_is_not_all():
    assert (percent(0.999), percent(1.0), percent(0.0)) == ("99 %", "100 %", "0 %")
    assert (grade(0.95), grade(0.8), grade(0.1), grade(None)) == ("good", "fair", "poor", "")
