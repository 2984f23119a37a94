"""An issue's timeline in words: who did what, from what to what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.issues.models import Category, Department, EventKind, Issue, IssueEvent, IssueStatus, Severity
from apps.tenants.models import User

SHOWN_LINES = 200
WORDS: dict[str, dict[str, Any]] = {
    "status": dict(IssueStatus.choices),
    "severity": dict(Severity.choices),
    "category": dict(Category.choices),
}


@dataclass(frozen=True)
class Change:
    """One thing that changed; `before` is empty where there was nothing."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One line of the timeline; `who` is empty for what the machinery did."""

    at: datetime
    kind: str
    title: str
    who: str
    changes: list[Change]
    detail: str
    note: str


@dataclass(frozen=True)
class Timeline:
    """An issue's latest lines, oldest first; `shortened`: there are earlier ones."""

    lines: list[Line]
    shortened: bool


def timeline_of(issue: Issue) -> Timeline:
    """Return an issue's latest SHOWN_LINES lines. Queries: the events, and the departments and people they name."""
    newest_first = IssueEvent.objects.filter(issue=issue).select_related("actor").order_by("-at", "-id")
    found = list(newest_first[: SHOWN_LINES + 1])
    events = found[:SHOWN_LINES][::-1]
    names: dict[str, dict[int, Any]] = {
        "department": Department.objects.in_bulk(_named(events, "department")),
        "assignee": User.objects.in_bulk(_named(events, "assignee")),
    }
    return Timeline([_line(event, names) for event in events], shortened=len(found) > SHOWN_LINES)


def _named(events: list[IssueEvent], field: str) -> list[int]:
    found = {part.get(field) for event in events for part in (event.before, event.after)}
    return sorted(found - {None})


def _line(event: IssueEvent, names: dict[str, dict[int, Any]]) -> Line:
    return Line(
        at=event.at,
        kind=event.kind,
        title=event.get_kind_display(),
        who=str(event.actor) if event.actor is not None else "",
        changes=_changes(event, names),
        detail=_detail(event),
        note=event.note,
    )


def _changes(event: IssueEvent, names: dict[str, dict[int, Any]]) -> list[Change]:
    labels = {
        "status": _("status"),
        "severity": _("severity"),
        "category": _("category"),
        "department": _("department"),
        "assignee": _("assignee"),
    }
    return [
        Change(label, _word(field, event.before.get(field), names), _word(field, event.after.get(field), names))
        for field, label in labels.items()
        if event.before.get(field) != event.after.get(field)
    ]


def _word(field: str, value: Any, names: dict[str, dict[int, Any]]) -> str:
    if value is None:
        return "–" if field in names else ""
    known = names.get(field) or WORDS.get(field, {})
    return str(known.get(value, value))


def _detail(event: IssueEvent) -> str:
    if event.kind == EventKind.REPORTS_ADDED:
        count = int(event.after.get("reports", 0))
        # A negative count: a person moved reports to another issue.
        return ngettext("%(count)+d report", "%(count)+d reports", abs(count)) % {"count": count}
    if event.kind == EventKind.COMMENT:
        return _("shown to reporters") if event.after.get("public") else _("internal")
    return ""
