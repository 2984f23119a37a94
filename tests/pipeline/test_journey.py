"""A report's whole way, through real services."""

import dataclasses
from datetime import timedelta

import pytest

from apps.insights.models import TenantScore
from apps.insights.services import refresh_rollups
from apps.issues.models import Issue
from apps.issues.services import transition_issue
from apps.pipeline.services import process_backlog, tenants_behind
from apps.reports.models import Report
from apps.reports.services import NewReport, ReportDraft, store_batch, submit_report
from apps.sla.models import SLAClock, SLAMetric
from apps.tenants.models import TenantConfiguration
from apps.tenants.scoping import no_tenant

TEXTS = ["Deep pothole in the middle of the road", "huge hole in the street, damaged my tire", "POTHOLE!! fix it"]


@pytest.fixture
def reported(in_city, moment):
    for number, text in enumerate(TEXTS):
        draft = ReportDraft(description=text, lat=42.36 + number * 3e-5, lng=-71.06, service_code="pothole")
        submit_report(tenant_id=in_city.id, draft=draft, channel="web", now=moment + timedelta(minutes=20 * number))
    process_backlog(tenant_id=in_city.id)
    return in_city


def test_three_reports_of_one_pothole_become_one_issue_with_running_clocks(reported, moment):
    issue = Issue.objects.get()
    assert (issue.report_count, issue.category, issue.first_report_at) == (3, "infrastructure", moment)
    assert set(Report.objects.values_list("issue_id", "triage_state")) == {(issue.pk, "done")}
    clocks = {clock.metric: clock for clock in SLAClock.objects.all()}
    assert {clock.state for clock in clocks.values()} == {"running"}
    assert all(clock.due_at > moment for clock in clocks.values())
    assert SLAMetric.objects.get().issue_id == issue.pk


def test_resolving_the_issue_stops_its_clocks_and_closes_its_reports(reported, moment):
    issue = Issue.objects.get()
    transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=moment + timedelta(minutes=30))
    assert set(SLAClock.objects.values_list("state", "outcome")) == {("stopped", "met")}
    assert set(Report.objects.values_list("status", flat=True)) == {"closed"}
    refresh_rollups(tenant_id=reported.id)
    score = TenantScore.objects.get()
    assert (score.resolved_issues, score.open_issues, score.resolution_met, score.score) == (1, 0, 1, 100.0)


def test_reopening_opens_the_reports_and_runs_the_clock_again(reported, moment):
    issue = Issue.objects.get()
    transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=moment + timedelta(minutes=30))
    transition_issue(issue_id=issue.pk, status="open", actor=None, now=moment + timedelta(hours=1))
    assert SLAClock.objects.get(metric="resolution").state == "running"
    assert set(Report.objects.values_list("status", flat=True)) == {"open"}


def test_a_second_run_finds_nothing_to_do(reported):
    backlog = process_backlog(tenant_id=reported.id)
    assert (backlog.classified, backlog.placed, backlog.days) == (0, 0, 0)


def test_what_is_behind_is_found_across_tenants_and_then_no_more(in_city, moment):
    draft = ReportDraft(description="Graffiti on the wall", lat=42.36, lng=-71.06)
    submit_report(tenant_id=in_city.id, draft=draft, channel="web", now=moment)
    with no_tenant():
        assert tenants_behind()["pipeline.triage"] == [in_city.id]
    process_backlog(tenant_id=in_city.id)
    with no_tenant():
        assert not any(tenants_behind().values())


@pytest.fixture
def imported(in_city, moment):
    row = NewReport(
        external_id="1",
        source="open311",
        description="Abandoned car without plates",
        received_at=moment,
        lat=42.36,
        lng=-71.06,
        historic=True,
    )
    store_batch(tenant_id=in_city.id, reports=[row])
    process_backlog(tenant_id=in_city.id)
    return row


def test_an_imported_issue_follows_its_source(in_city, imported, moment):
    assert Issue.objects.get().status == "open"
    later = moment + timedelta(hours=3)
    closed = dataclasses.replace(imported, status="closed", closed_at=later, updated_at=later)
    store_batch(tenant_id=in_city.id, reports=[closed])
    issue = Issue.objects.get()
    assert (issue.status, issue.resolved_at) == ("resolved", later)
    assert SLAMetric.objects.get().resolution_at == later
    refresh_rollups(tenant_id=in_city.id)
    assert TenantScore.objects.get().resolved_issues == 1


def test_an_imported_issue_that_staff_have_moved_stays_theirs(in_city, imported, moment):
    issue = Issue.objects.get()
    transition_issue(issue_id=issue.pk, status="in_progress", actor=None, now=moment + timedelta(hours=1))
    closed = dataclasses.replace(imported, status="closed", closed_at=moment + timedelta(hours=3))
    store_batch(tenant_id=in_city.id, reports=[closed])
    assert Issue.objects.get().status == "in_progress"


def test_the_same_row_again_does_not_undo_what_staff_have_done(in_city, imported, moment):
    issue = Issue.objects.get()
    transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=moment + timedelta(hours=1))
    again = store_batch(tenant_id=in_city.id, reports=[imported])
    assert (again.changed_ids, again.unchanged) == ([], 1)
    assert Report.objects.get().status == "closed"


def test_a_later_acknowledgement_from_the_source_reaches_the_issue(in_city, imported, moment):
    answered = dataclasses.replace(imported, acknowledged_at=moment + timedelta(days=9))
    store_batch(tenant_id=in_city.id, reports=[answered])
    corrected = dataclasses.replace(imported, acknowledged_at=moment + timedelta(minutes=5))
    store_batch(tenant_id=in_city.id, reports=[corrected])
    assert Issue.objects.get().acknowledged_at == moment + timedelta(minutes=5)
    assert SLAMetric.objects.get().response_outcome == "met"


def test_a_report_that_waited_while_its_issue_was_resolved_is_closed_with_it(in_city, reported, moment):
    draft = ReportDraft(description="Same deep pothole", lat=42.36, lng=-71.06, service_code="pothole")
    submit_report(tenant_id=in_city.id, draft=draft, channel="web", now=moment + timedelta(hours=1))
    issue = Issue.objects.get()
    transition_issue(issue_id=issue.pk, status="resolved", actor=None, now=moment + timedelta(hours=2))
    process_backlog(tenant_id=in_city.id)
    late = Report.objects.latest("received_at")
    assert (late.issue_id, late.status, late.closed_at) == (issue.pk, "closed", moment + timedelta(hours=2))


def test_a_configuration_that_is_no_object_does_not_stop_grouping(in_city, moment):
    TenantConfiguration.objects.update(document="nonsense")
    draft = ReportDraft(description="Graffiti", lat=42.36, lng=-71.06)
    submit_report(tenant_id=in_city.id, draft=draft, channel="web", now=moment)
    assert process_backlog(tenant_id=in_city.id).placed == 1
