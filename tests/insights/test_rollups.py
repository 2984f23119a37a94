"""Marked days are counted anew; a rebuild finds the same figures."""

from datetime import date, timedelta

import pytest

from apps.insights.models import DailyRollup, IssueCount, RollupMark, TenantScore
from apps.insights.selectors import ALL_DAYS, dashboard
from apps.insights.services import rebuild_rollups, refresh_rollups
from apps.issues.models import Issue
from apps.issues.services import reclassify_issue, transition_issue
from apps.pipeline.services import process_backlog
from apps.reports.models import Report
from apps.reports.services import ReportDraft, submit_report
from apps.tenants.scoping import tenant_scope


def figures() -> set[tuple]:
    names = [field.name for field in DailyRollup._meta.concrete_fields if field.name not in ("id", "created_at")]
    return set(DailyRollup.objects.values_list(*names)) | set(
        IssueCount.objects.values_list("tenant", "status", "category", "severity", "issues")
    )


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


def test_a_rebuild_finds_no_difference_after_a_mix_of_writes(busy_city, moment):
    first, *_, last = Issue.objects.order_by("pk")
    transition_issue(issue_id=first.pk, status="acknowledged", actor=None, now=moment)
    transition_issue(issue_id=first.pk, status="resolved", actor=None, now=moment + timedelta(hours=5))
    reclassify_issue(issue_id=last.pk, actor=None, now=moment, category="safety", severity="critical")
    refresh_rollups(tenant_id=busy_city.id)
    incremental = figures()
    rebuild_rollups(tenant_id=busy_city.id)
    assert figures() == incremental
    assert incremental


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


def test_the_dashboard_costs_the_same_whatever_the_number_of_reports(busy_city, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        dashboard(busy_city.id)
