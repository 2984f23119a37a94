"""The dashboard shows the city's own figures, and they agree with the raw rows."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import clock
from apps.dashboards.charts import flow_chart, line_chart, nice_ceiling, short_number
from apps.dashboards.templatetags.dashboard_figures import grade, percent
from apps.issues.models import Issue
from apps.issues.services import transition_issue
from apps.pipeline.services import process_backlog
from apps.reports.services import NewReport, store_batch
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


@pytest.mark.parametrize("days", ["30", "90", "365", "0", "nonsense", "-1", "99999999999"])
def test_every_window_and_any_nonsense_is_answered(city, client, days):
    report_some(city, 3)
    client.force_login(city.officer)
    assert client.get("/dashboard/", {"days": days}).status_code == 200


def test_the_page_costs_the_same_number_of_queries_at_any_size(city, client):
    client.force_login(city.officer)
    counts = []
    for size in (1, 50, 500):
        report_some(city, size)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/dashboard/").status_code == 200
        counts.append(len(queries))
    assert max(counts) <= 12, counts


def test_axes_end_on_round_numbers():
    assert [nice_ceiling(value) for value in (0, 1, 7, 9, 130, 4_100)] == [4, 4, 8, 12, 200, 8_000]


def test_axis_labels_are_short():
    assert [short_number(n) for n in (0, 7_500, 20_000, 1_500_000)] == ["0", "7,500", "20k", "1.5M"]


def test_charts_stay_inside_their_area():
    points = [{"day": f"2026-03-{day:02}", "opened": day * 3, "resolved": 1, "open": day} for day in range(1, 31)]
    chart = flow_chart(points, monthly=False)
    assert all(0 <= bar.y <= bar.y + bar.height <= 240 for bar in chart.opened)
    assert max(bar.x + bar.width for bar in chart.resolved) <= 1_000
    assert len(line_chart(points, "open", monthly=False).line.split()) == 30
    assert line_chart([], "open", monthly=False).area == ""


def test_nearly_all_is_not_all():
    assert (percent(0.999), percent(1.0), percent(0.0)) == ("99 %", "100 %", "0 %")
    assert (grade(0.95), grade(0.8), grade(0.1), grade(None)) == ("good", "fair", "poor", "")
