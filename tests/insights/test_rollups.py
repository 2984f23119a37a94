"""Marked days are counted anew; a rebuild finds the same figures."""

from datetime import UTC, date, datetime, timedelta

import pytest

from apps.core.query_counter import QueryCounter
from apps.insights.models import DailyRollup, RollupMark, TenantScore
from apps.insights.selectors import ALL_DAYS, dashboard
from apps.insights.services import mark_report_days, marks_gathered, refresh_rollups
from apps.issues.models import Issue
from apps.issues.services import reclassify_issue, transition_issue
from apps.pipeline.services import group_backlog, process_backlog, triage_backlog
from apps.reports.models import Report
from apps.reports.services import ReportDraft, submit_report
from apps.tenants.scoping import tenant_scope
from tests.conftest import make_city
from tests.insights.oracle import kept_figures, true_figures


@pytest.fixture
def busy_city(in_city, moment):
    places = [(42.36, -71.06), (42.361, -71.06), (42.40, -71.10)]
    for number, (lat, lng) in enumerate(places):
        submit_report(
            tenant_id=in_city.id,
            draft=ReportDraft(description=f"Large pothole {number}", lat=lat, lng=lng, service_code="pothole"),
            channel="web",
            now=moment - timedelta(days=number),
        )
    process_backlog(tenant_id=in_city.id)
    return in_city


def test_the_days_of_new_reports_and_issues_are_counted(busy_city, moment):
    assert not RollupMark.objects.exists()
    rows = {row.day: row for row in DailyRollup.objects.all()}
    assert sum(row.reports_received for row in rows.values()) == Report.objects.count() == 3
    assert sum(row.issues_opened for row in rows.values()) == Issue.objects.count()
    assert {date(2026, 3, 4), date(2026, 3, 3), date(2026, 3, 2)} == set(rows)


def test_a_day_is_the_tenants_own(in_city, moment):
    late = moment.replace(hour=3)  # 22:00 the evening before in New York
    draft = ReportDraft(description="Noise", lat=42.36, lng=-71.06)
    submit_report(tenant_id=in_city.id, draft=draft, channel="web", now=late)
    refresh_rollups(tenant_id=in_city.id)
    assert DailyRollup.objects.get().day == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("zone", "night"),
    [
        # Put back to midnight: the first hour of the day comes twice.
        ("Atlantic/Azores", datetime(2025, 10, 26, tzinfo=UTC)),
        # Put back at one minute past midnight: a minute of the day, then an hour of the day before again.
        ("America/St_Johns", datetime(2009, 11, 1, 2, 30, tzinfo=UTC)),
        # Put forward at midnight: the day has no first hour.
        ("Asia/Beirut", datetime(2025, 3, 29, 22, tzinfo=UTC)),
        # Over the date line: there was no 30 December.
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_each_report_counts_on_its_own_day_when_clocks_change_at_midnight(db, zone, night):
    city = make_city("riverton", "Riverton", zone)
    with tenant_scope(city.id):
        for minutes in range(-180, 200, 20):
            now = night + timedelta(minutes=minutes, seconds=30)
            submit_report(
                tenant_id=city.id, draft=ReportDraft(description="Noise", lat=1.0, lng=1.0), channel="web", now=now
            )
            # Each alone: a day that was not marked is not looked at.
            refresh_rollups(tenant_id=city.id)
        assert kept_figures() == true_figures(city.tenant)


def test_resolving_and_reopening_moves_the_outflow(busy_city, moment):
    issue = Issue.objects.first()
    later = moment + timedelta(days=2)
    transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=later)
    refresh_rollups(tenant_id=busy_city.id)
    assert DailyRollup.objects.get(day=date(2026, 3, 6)).issues_resolved == 1
    transition_issue(issue_id=issue.pk, status="open", actor=None, now=later + timedelta(days=1))
    refresh_rollups(tenant_id=busy_city.id)
    assert not DailyRollup.objects.filter(issues_resolved__gt=0).exists()
    assert TenantScore.objects.get().open_issues == Issue.objects.count()


def test_what_changes_together_is_marked_in_one_statement(busy_city, moment):
    draft = ReportDraft(description="Large pothole", lat=42.9, lng=-71.9, service_code="pothole")
    submit_report(tenant_id=busy_city.id, draft=draft, channel="web", now=moment)
    triage_backlog(tenant_id=busy_city.id)
    issue = Issue.objects.get(first_report_at=moment)
    for change in (
        lambda: group_backlog(tenant_id=busy_city.id),
        lambda: reclassify_issue(issue_id=issue.pk, actor=None, now=moment, category="safety", severity="critical"),
        lambda: transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=moment),
    ):
        RollupMark.objects.all().delete()
        with QueryCounter() as queries:
            change()
        assert len([query for query in queries.queries if "INSERT INTO rollup_marks" in query.statement]) == 1
        assert RollupMark.objects.filter(day=date(2026, 3, 4)).count() == 1


def test_nothing_is_marked_for_a_block_that_fails(busy_city):
    def change_and_fail():
        with marks_gathered():
            mark_report_days(tenant_id=busy_city.id, report_ids=list(Report.objects.values_list("pk", flat=True)))
            raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        change_and_fail()
    assert not RollupMark.objects.exists()


def test_a_refresh_without_marks_does_nothing(busy_city):
    assert refresh_rollups(tenant_id=busy_city.id).days == 0


def test_the_dashboard_agrees_with_the_raw_rows(busy_city, moment):
    issue = Issue.objects.first()
    transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=moment)
    refresh_rollups(tenant_id=busy_city.id)
    shown = dashboard(busy_city.id, days=30, now=moment)
    assert shown["totals"]["reports"] == Report.objects.count()
    assert shown["totals"]["open_issues"] == Issue.objects.open().count() == shown["flow"][-1]["open"]
    assert sum(line["open"] for line in shown["by_category"]) == Issue.objects.open().count()
    assert len(shown["flow"]) == 30
    assert shown["behind"] is False


def test_an_archive_is_drawn_where_its_data_is(busy_city, moment):
    long_after = moment + timedelta(days=900)
    assert dashboard(busy_city.id, days=30, now=long_after)["last_day"] == "2026-03-04"
    assert dashboard(busy_city.id, days=ALL_DAYS, now=long_after)["first_day"] == "2026-03-02"


def test_another_citys_figures_are_its_own(busy_city, other_city):
    with tenant_scope(other_city.id):
        assert DailyRollup.objects.count() == 0
        assert dashboard(other_city.id)["totals"]["reports"] == 0
