"""Move many issues along at once, from the list."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core import clock
from apps.issues.errors import IssueError, TransitionRefused
from apps.issues.models import Issue, IssueStatus
from apps.issues.services import transition_issue
from apps.staff.base import person_of

# One page and the next; each issue is a transaction of its own, with its clocks.
MOVED_MAX = 100
REFUSALS_SHOWN = 10


def move_issues(request: HttpRequest, issues: Iterable[Issue], status: IssueStatus) -> None:
    """Move each issue by its own, tell how many moved, and of each that did not why."""
    chosen = list(issues)[: MOVED_MAX + 1]
    if len(chosen) > MOVED_MAX:
        messages.error(request, _("Choose at most %(max)d issues at once; nothing was changed.") % {"max": MOVED_MAX})
        return
    moved = 0
    refusals: list[str] = []
    for issue in chosen:
        if issue.status == status:
            refusals.append(_("#%(number)d: already %(status)s.") % {"number": issue.number, "status": status.label})
            continue
        try:
            transition_issue(issue_id=issue.pk, status=status.value, actor=person_of(request), now=clock.now())
            moved += 1
        except IssueError as error:
            refusals.append(f"#{issue.number}: {words_of(error)}")
    _tell(request, moved, refusals, status)


def words_of(error: IssueError) -> str:
    """Return why an issue was not changed, in the reader's language where it is a refusal of the workflow."""
    if not isinstance(error, TransitionRefused):
        return str(error)
    before, after = IssueStatus(error.before).label, IssueStatus(error.after).label
    return _("cannot go from “%(before)s” to “%(after)s”.") % {"before": before, "after": after}


def _tell(request: HttpRequest, moved: int, refusals: list[str], status: IssueStatus) -> None:
    if moved:
        text = ngettext("%(count)d issue is now %(status)s.", "%(count)d issues are now %(status)s.", moved)
        messages.success(request, text % {"count": moved, "status": status.label})
    for refusal in refusals[:REFUSALS_SHOWN]:
        messages.warning(request, refusal)
    if len(refusals) > REFUSALS_SHOWN:
        left = len(refusals) - REFUSALS_SHOWN
        messages.warning(request, ngettext("And %(count)d more.", "And %(count)d more.", left) % {"count": left})
