"""Staff find a report, see its issue, change its status, and see the clock react."""

import re

import pytest
from django.urls import reverse

from apps.core import clock
from apps.issues.models import Comment, Department, Issue, IssueEvent
from apps.issues.services import add_comment
from apps.reports.models import Report
from apps.sla.models import SLAClock
from apps.staff import issues, timeline
from apps.tenants.models import Membership
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user, grant_membership
from apps.triage.models import Classification

INLINE = {f"contacts-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}


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
    assert officer_client.post(url, values | INLINE | {"reason": "a child fell"}).status_code == 302
    with tenant_scope(full_city.id):
        report.refresh_from_db()
        assert (report.category, report.severity) == ("safety", "critical")
        answer = Classification.objects.get(report=report, is_current=True)
        assert (answer.corrected_by, answer.reason) == (full_city.officer, "a child fell")


def test_a_viewer_looks_and_does_not_touch(full_city, issue, officer_client):
    Membership.objects.filter(user=full_city.officer).update(role="viewer")
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    assert officer_client.get(url).status_code == 200
    assert officer_client.post(url, form_of(issue, status="closed")).status_code == 403
    assert officer_client.get(reverse("admin:tenants_apikey_changelist")).status_code == 403


def test_a_note_without_a_change_of_status_is_not_lost_but_refused(full_city, issue, officer_client):
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    answer = officer_client.post(url, form_of(issue, note="called the crew", severity="critical"))
    assert "goes with a change of status" in answer.content.decode()
    with tenant_scope(full_city.id):
        assert Issue.objects.get(pk=issue.pk).severity == issue.severity


def test_an_edit_that_does_not_say_what_it_has_read_is_refused(full_city, issue, officer_client):
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    assert officer_client.post(url, form_of(issue, status="closed", read_version="")).status_code == 200
    with tenant_scope(full_city.id):
        assert Issue.objects.get(pk=issue.pk).status == "open"


def test_the_timeline_tells_in_words_who_did_what(full_city, issue, officer_client):
    with tenant_scope(full_city.id):
        department = Department.objects.get()
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    changes = {"severity": "critical", "department": department.pk, "assignee": full_city.officer.pk}
    officer_client.post(url, form_of(issue, status="in_progress", note="crew sent", comment="Soon", **changes))
    page = officer_client.get(url).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", page.split('class="wl-timeline"')[1].split("</ol>")[0]).split())
    assert "Status changed by Officer of Riverton status: open → in progress crew sent" in text
    assert f"severity: {issue.get_severity_display()} → critical" in text
    assert "department: – → Works of Riverton assignee: – → Officer of Riverton" in text
    assert "Commented internal by Officer of Riverton" in text
    assert "Opened automatically" in text


def test_a_long_history_is_shown_from_its_end(full_city, issue, officer_client, monkeypatch):
    monkeypatch.setattr(issues, "SHOWN_COMMENTS", 2)
    monkeypatch.setattr(timeline, "SHOWN_LINES", 2)
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    with tenant_scope(full_city.id):
        for text in ("First said", "Second said", "Third said"):
            add_comment(issue=issue, author=full_city.officer, text=text, is_public=False, now=clock.now())
    page = officer_client.get(url)
    text = page.content.decode()
    assert "First said" not in text
    assert text.index("Second said") < text.index("Third said")
    assert text.count('class="wl-line ') == 2
    assert "What happened earlier is left out" in text
    everything = re.search(r'href="([^"]+)">all comments', text)[1]
    assert "First said" in officer_client.get(everything).content.decode()


def test_an_assignee_who_left_the_city_keeps_the_issue_until_somebody_takes_it(full_city, issue, officer_client):
    leaver = create_user(email="leaver@riverton.example", name="Lea")
    membership = grant_membership(user=leaver, tenant=full_city.tenant)
    url = reverse("admin:issues_issue_change", args=[issue.pk])
    officer_client.post(url, form_of(issue, assignee=leaver.pk))
    membership.delete()
    with tenant_scope(full_city.id):
        kept = Issue.objects.get(pk=issue.pk)
    officer_client.post(url, form_of(kept, assignee=leaver.pk, severity="low"))
    with tenant_scope(full_city.id):
        assert Issue.objects.get(pk=issue.pk).assignee == leaver
        Issue.objects.filter(pk=issue.pk).update(assignee=None)
        kept = Issue.objects.get(pk=issue.pk)
    assert officer_client.post(url, form_of(kept, assignee=leaver.pk)).status_code == 200


def test_a_report_is_moved_to_the_issue_that_it_is_really_about(full_city, issue, officer_client):
    with tenant_scope(full_city.id):
        report = Report.objects.get(issue=issue)
        other = Issue.objects.exclude(pk=issue.pk).first()
    url = reverse("admin:reports_report_change", args=[report.pk])
    values = {"category": report.category, "severity": report.severity, "service": report.service_id or ""} | INLINE
    assert "no issue with this number" in officer_client.post(url, values | {"move_to": 999}).content.decode()
    assert "cannot be taken away" in officer_client.post(url, values | {"service": ""}).content.decode()
    assert officer_client.post(url, values | {"move_to": other.number}).status_code == 302
    with tenant_scope(full_city.id):
        assert Report.objects.get(pk=report.pk).issue == other
        assert Classification.objects.get(report=report, is_current=True).corrected_by is None
    page = officer_client.get(url).content.decode()
    assert "moved by a person: Officer of Riverton" in page
