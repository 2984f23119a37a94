"""Staff find a report, see its issue, change its status, and see the clock react."""

import re

import pytest
from django.urls import reverse

from apps.issues.models import Comment, Issue, IssueEvent
from apps.reports.models import Report
from apps.sla.models import SLAClock
from apps.tenants.models import ApiKey, Membership
from apps.tenants.scoping import tenant_scope
from apps.triage.models import Classification


@pytest.fixture
def issue(full_city):
    with tenant_scope(full_city.id):
        return Issue.objects.get(title__icontains="pothole")


def form_of(issue, **values):
    kept = {"status": issue.status, "severity": issue.severity, "category": issue.category}
    return kept | {"department": "", "assignee": "", "read_version": issue.version, "note": "", "comment": ""} | values


def test_from_report_to_issue_to_clock(full_city, issue, officer_client):
    found = officer_client.get(reverse("admin:reports_report_changelist"), {"q": "Pothole"}).content.decode()
    assert "Pothole of Riverton" in found
    with tenant_scope(full_city.id):
        report = Report.objects.get(issue=issue)
    page = officer_client.get(reverse("admin:reports_report_change", args=[report.pk])).content.decode()
    assert f"#{issue.number}" in page
    assert "carla@citizen.example" in page
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    before = officer_client.get(url).content.decode()
    assert "Pothole of Riverton" in before
    assert re.search(r'class="wl-clock wl-(pending|missed) wl-running"', before)
    assert officer_client.post(url, form_of(issue, status="resolved", note="filled")).status_code == 302
    after = officer_client.get(url).content.decode()
    assert "wl-running" not in after
    assert "filled" in after
    with tenant_scope(full_city.id):
        assert set(SLAClock.objects.filter(issue=issue).values_list("state", flat=True)) == {"stopped"}
        assert IssueEvent.objects.get(issue=issue, kind="status").actor == full_city.officer


def test_only_the_workflows_next_steps_are_offered(full_city, issue, officer_client):
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    officer_client.post(url, form_of(issue, status="closed"))
    page = officer_client.get(url).content.decode()
    assert re.findall(r'<option value="(\w+)"[^>]*>', page.split('name="status"')[1].split("</select>")[0]) == [
        "closed",
        "open",
    ]


def test_an_edit_of_a_changed_issue_is_refused_with_the_reason(full_city, issue, officer_client):
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    officer_client.post(url, form_of(issue, status="acknowledged"))
    stale = officer_client.post(url, form_of(issue, status="closed"))
    assert stale.status_code == 200
    assert "Somebody else changed this issue" in stale.content.decode()
    with tenant_scope(full_city.id):
        assert Issue.objects.get(pk=issue.pk).status == "acknowledged"


def test_a_comment_is_written_and_its_kind_kept(full_city, issue, officer_client):
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    officer_client.post(url, form_of(issue, comment="Crew is on its way", comment_is_public="on"))
    with tenant_scope(full_city.id):
        assert Comment.objects.get(text="Crew is on its way").is_public


def test_a_correction_of_a_report_is_recorded_as_the_persons(full_city, issue, officer_client):
    with tenant_scope(full_city.id):
        report = Report.objects.get(issue=issue)
    url = reverse("admin:reports_report_change", args=[report.pk])
    values = {"category": "safety", "severity": "critical", "service": report.service_id or ""}
    inline = {f"contacts-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert officer_client.post(url, values | inline).status_code == 302
    with tenant_scope(full_city.id):
        report.refresh_from_db()
        assert (report.category, report.severity) == ("safety", "critical")
        assert Classification.objects.get(report=report, is_current=True).corrected_by == full_city.officer


def test_a_viewer_looks_and_does_not_touch(full_city, issue, officer_client):
    Membership.objects.filter(user=full_city.officer).update(role="viewer")
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    assert officer_client.get(url).status_code == 200
    assert officer_client.post(url, form_of(issue, status="closed")).status_code == 403
    assert officer_client.get(reverse("admin:tenants_apikey_changelist")).status_code == 403


def test_a_new_keys_text_is_shown_once(full_city, officer_client):
    url = reverse("admin:tenants_apikey_add")
    answer = officer_client.post(
        url,
        {"name": "app", "scopes": "read", "requests_per_minute": "", "expires_at_0": "", "expires_at_1": ""},
        follow=True,
    )
    shown = re.search(r"wl_[a-z0-9]{12}_[\w-]{43}", answer.content.decode())
    assert shown
    assert ApiKey.objects.get(name="app").scopes == ["read"]
    again = officer_client.get(reverse("admin:tenants_apikey_changelist")).content.decode()
    assert shown[0] not in again
