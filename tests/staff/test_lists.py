"""The lists that staff work from: what they show first, what is late, and many issues moved at once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.core import clock
from apps.issues.models import Issue
from apps.issues.services import transition_issue
from apps.reports.models import Report
from apps.sla.models import SLAMetric
from apps.staff import issue_actions
from apps.tenants.models import Membership
from apps.tenants.scoping import tenant_scope

ISSUES = "/admin/issues/issue/"


@pytest.fixture
def issues(full_city):
    """Three open issues of Riverton, by number."""
    with tenant_scope(full_city.id):
        return list(Issue.objects.order_by("number"))


@pytest.fixture
def move(full_city):
    def moved(issue, status):
        with tenant_scope(full_city.id):
            transition_issue(issue_id=issue.pk, status=status, actor=full_city.officer, now=clock.now())

    return moved


def shown(client, query=""):
    page = client.get(ISSUES + query)
    return {issue.number for issue in page.context["cl"].result_list}


def test_open_work_comes_first_and_a_search_looks_everywhere(issues, move, officer_client):
    first, second, third = issues
    move(first, "resolved")
    move(second, "on_hold")
    assert shown(officer_client) == {second.number, third.number}
    assert shown(officer_client, "?status=all") == {issue.number for issue in issues}
    assert shown(officer_client, "?status=resolved") == {first.number}
    assert shown(officer_client, f"?q={first.number}") >= {first.number}
    assert first.number not in shown(officer_client, f"?q={first.number}&status=work")


def test_whose_issues(full_city, issues, officer_client):
    with tenant_scope(full_city.id):
        Issue.objects.filter(pk=issues[0].pk).update(assignee=full_city.officer)
    assert shown(officer_client, "?whose=mine") == {issues[0].number}
    assert shown(officer_client, "?whose=nobody") == {issue.number for issue in issues[1:]}


def test_what_is_late_says_so_and_what_has_ended_says_how(full_city, issues, move, officer_client):
    now = clock.now()
    with tenant_scope(full_city.id):
        SLAMetric.objects.update(response_at=now, response_outcome="met", resolution_due_at=now + timedelta(days=400))
        SLAMetric.objects.filter(issue=issues[0]).update(resolution_due_at=now - timedelta(hours=1))
    page = officer_client.get(ISSUES).content.decode()
    assert page.count("wl-late") == 1
    assert page.count("overdue") == 1
    move(issues[0], "closed")
    assert "wl-late" not in officer_client.get(ISSUES + "?status=closed").content.decode()


def test_many_issues_move_at_once_and_each_refusal_is_told(full_city, issues, move, officer_client):
    move(issues[0], "closed")
    move(issues[1], "acknowledged")
    action = {"action": "acknowledge", "_selected_action": [issue.pk for issue in issues]}
    said = officer_client.post(ISSUES + "?status=all", action, follow=True).content.decode()
    assert "1 issue is now acknowledged" in said
    assert f"#{issues[0].number}: cannot go from “closed” to “acknowledged”" in said
    assert f"#{issues[1].number}: already acknowledged" in said
    with tenant_scope(full_city.id):
        third = Issue.objects.get(pk=issues[2].pk)
        assert third.events.get(kind="status").actor == full_city.officer
        assert third.clocks.get(metric="response").state == "stopped"


def test_resolving_many_stops_their_clocks(full_city, issues, officer_client):
    action = {"action": "resolve", "_selected_action": [issue.pk for issue in issues[:2]]}
    assert "2 issues are now resolved" in officer_client.post(ISSUES, action, follow=True).content.decode()
    with tenant_scope(full_city.id):
        states = set(Issue.objects.filter(status="resolved").values_list("clocks__state", flat=True))
    assert states == {"stopped"}


def test_too_many_at_once_change_nothing(full_city, issues, officer_client, monkeypatch):
    monkeypatch.setattr(issue_actions, "MOVED_MAX", 2)
    action = {"action": "resolve", "_selected_action": [issue.pk for issue in issues]}
    assert "at most 2 issues" in officer_client.post(ISSUES, action, follow=True).content.decode()
    assert len(shown(officer_client)) == 3


def test_a_viewer_has_no_actions(full_city, issues, officer_client):
    Membership.objects.filter(user=full_city.officer).update(role="viewer")
    action = {"action": "resolve", "_selected_action": [issue.pk for issue in issues]}
    officer_client.post(ISSUES, action)
    assert len(shown(officer_client)) == 3


def test_a_report_is_found_by_any_of_its_names(full_city, officer_client):
    with tenant_scope(full_city.id):
        report = Report.objects.get(external_id="1")
    for term in (str(report.public_id), report.public_id.hex, "1", "graffiti number 1"):
        page = officer_client.get(reverse("admin:reports_report_changelist"), {"q": term})
        assert report in page.context["cl"].result_list, term
    nonsense = officer_client.get(reverse("admin:reports_report_changelist"), {"q": "x" * 36})
    assert nonsense.context["cl"].result_count == 0
