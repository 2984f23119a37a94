"""Reads of issues."""

from apps.core.search import words_behind
from apps.issues import rules
from apps.issues.errors import IssueNotFound
from apps.issues.models import Comment, Issue, IssueEvent
from apps.issues.searched import ISSUE_SEARCH


def issue_by_number(number: int) -> Issue:
    """Return an issue of the active tenant with its department and assignee; raises IssueNotFound. One query."""
    issue: Issue | None = Issue.objects.select_related("department", "assignee").filter(number=number).first()
    if issue is None:
        raise IssueNotFound(f"there is no issue {number}")
    return issue


def open_issue_count() -> int:
    """Count the active tenant's issues that still need work. One query, from the partial index."""
    count: int = Issue.objects.open().count()
    return count


def timeline(issue: Issue) -> list[IssueEvent]:
    """Return an issue's timeline, oldest first, with the people in it. One query."""
    return list(IssueEvent.objects.filter(issue=issue).select_related("actor").order_by("at", "id"))


def comments_of(issue: Issue, *, public_only: bool = False) -> list[Comment]:
    """Return an issue's comments, oldest first, with their authors. One query."""
    comments = Comment.objects.filter(issue=issue).select_related("author").order_by("created_at", "id")
    return list(comments.filter(is_public=True) if public_only else comments)


def allowed_transitions(status: str) -> list[str]:
    """Return the statuses that the workflow allows after one."""
    return [step.value for step in rules.allowed_transitions(status)]


def tenants_with_unread_issues() -> list[int]:
    """Return the tenants with titles that cannot be searched yet. Inside `all_tenants(reason)`; one query."""
    return words_behind(ISSUE_SEARCH)
