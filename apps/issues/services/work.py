"""What staff do to an issue. Every change is a line of the timeline, written in the same transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core.events import publish
from apps.core.locks import retry_deadlocks
from apps.issues import rules
from apps.issues.errors import IssueNotFound, StaleIssue, TransitionRefused
from apps.issues.events import IssuesEdited, IssuesMoved, IssuesReclassified, IssueStatusChange
from apps.issues.models import Category, Comment, Department, EventKind, Issue, IssueEvent, IssueStatus, Severity
from apps.tenants.models import User


@retry_deadlocks
def transition_issue(
    *,
    issue_id: int,
    status: str,
    actor: User | None,
    now: datetime,
    expected_version: int | None = None,
    note: str = "",
) -> Issue:
    """Move an issue of the active tenant along the workflow and publish IssuesMoved.

    Errors: IssueNotFound; TransitionRefused when the workflow does not lead there; StaleIssue when
    `expected_version` is given and the issue has changed since. Asking for the present status changes nothing.
    """
    with transaction.atomic():
        issue = _locked(issue_id, expected_version)
        before = issue.status
        if before == status:
            return issue
        allowed = rules.allowed_transitions(before)
        if status not in allowed:
            raise TransitionRefused(before, status, tuple(allowed))
        resolved_before = issue.resolved_at
        _apply_status(issue, status, now)
        issue.save()
        _record(issue, EventKind.STATUS, actor, now, before={"status": before}, after={"status": status}, note=note)
        change = IssueStatusChange(
            issue_id=issue.pk, before=before, after=status, at=now, resolved_before=resolved_before
        )
        publish(IssuesMoved(tenant_id=issue.tenant_id, changes=[change]))
    return issue


def _locked(issue_id: int, expected_version: int | None) -> Issue:
    issue: Issue | None = Issue.objects.select_for_update().filter(pk=issue_id).first()
    if issue is None:
        raise IssueNotFound(f"there is no issue with id {issue_id}")
    if expected_version is not None and issue.version != expected_version:
        raise StaleIssue(f"version: the issue is at version {issue.version}, not {expected_version}; read it again")
    issue.version += 1
    return issue


def _apply_status(issue: Issue, status: str, now: datetime) -> None:
    """Set the times that a status implies. Work that starts without an acknowledgement acknowledges by starting."""
    issue.status = status
    if status == IssueStatus.OPEN:
        issue.resolved_at = issue.closed_at = None
        return
    # Putting on hold says nothing to the reporter; every other move is the first answer.
    if issue.acknowledged_at is None and status != IssueStatus.ON_HOLD:
        issue.acknowledged_at = now
    if status in (IssueStatus.RESOLVED, IssueStatus.CLOSED) and issue.resolved_at is None:
        issue.resolved_at = now
    if status == IssueStatus.CLOSED:
        issue.closed_at = now


def _record(issue: Issue, kind: EventKind, actor: User | None, at: datetime, **values: Any) -> None:
    IssueEvent(issue=issue, kind=kind, actor=actor, at=at, **values).save()


def reclassify_issue(
    *,
    issue_id: int,
    actor: User | None,
    now: datetime,
    category: str | None = None,
    severity: str | None = None,
    expected_version: int | None = None,
) -> Issue:
    """Change an issue's category or severity and publish IssuesReclassified. ValueError for an unknown word."""
    wanted = {"category": category and Category(category).value, "severity": severity and Severity(severity).value}
    with transaction.atomic():
        issue = _locked(issue_id, expected_version)
        changed = {name: value for name, value in wanted.items() if value and getattr(issue, name) != value}
        if not changed:
            return issue
        for name, value in changed.items():
            kind = EventKind.SEVERITY if name == "severity" else EventKind.CATEGORY
            _record(issue, kind, actor, now, before={name: getattr(issue, name)}, after={name: value})
            setattr(issue, name, value)
        issue.save()
        publish(IssuesReclassified(tenant_id=issue.tenant_id, issue_ids=[issue.pk]))
    return issue


def assign_issue(
    *,
    issue_id: int,
    actor: User | None,
    now: datetime,
    department: Department | None,
    assignee: User | None,
    expected_version: int | None = None,
) -> Issue:
    """Give an issue to a department and a person, or to nobody."""
    with transaction.atomic():
        issue = _locked(issue_id, expected_version)
        before = {"department": issue.department_id, "assignee": issue.assignee_id}
        after = {"department": department and department.pk, "assignee": assignee and assignee.pk}
        if before == after:
            return issue
        issue.department, issue.assignee = department, assignee
        issue.save()
        _record(issue, EventKind.ASSIGNMENT, actor, now, before=before, after=after)
        publish(IssuesEdited(tenant_id=issue.tenant_id, issue_ids=[issue.pk]))
    return issue


def add_comment(*, issue: Issue, author: User | None, text: str, is_public: bool, now: datetime) -> Comment:
    """Write a comment on an issue; ValueError when it is empty."""
    if not text.strip():
        raise ValueError("text: a comment must not be empty")
    with transaction.atomic():
        comment = Comment.objects.create(issue=issue, author=author, text=text.strip(), is_public=is_public)
        _record(issue, EventKind.COMMENT, author, now, after={"comment": comment.pk, "public": is_public})
        publish(IssuesEdited(tenant_id=issue.tenant_id, issue_ids=[issue.pk]))
    return comment
