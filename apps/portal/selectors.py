"""What the public may read of a city. Rows leave here as the shapes below, which have no room for anything else:
no reporter, no assignee, no internal comment, no note of the staff's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.cache import tagged_get_or_set
from apps.core.keyset import CursorPage, seek_page
from apps.insights.selectors import scores
from apps.insights.tags import dashboard
from apps.issues.models import OPEN_STATUSES, Category, Comment, EventKind, Issue, IssueEvent, IssueStatus
from apps.issues.tags import issues as issues_tag
from apps.portal.places import Bounds
from apps.portal.privacy import public_words
from apps.reports.models import Report, ReportStatus
from apps.sla.models import SLAMetric
from apps.tenants.scoping import require_tenant_id

PAGE_SIZE = 50
MOST_POINTS = 500
_ISSUE_COLUMNS = (
    "id number title status category address report_count first_report_at acknowledged_at resolved_at closed_at"
).split()
_PUBLIC_EVENTS = (EventKind.OPENED, EventKind.REPORTS_ADDED, EventKind.STATUS)
# Steps after which the promise no longer runs.
_DONE = (IssueStatus.RESOLVED.value, IssueStatus.CLOSED.value)


@dataclass(frozen=True)
class PublicIssue:
    """An issue as anybody may see it; the title without telephone numbers and e-mail addresses."""

    id: int
    number: int
    title: str
    status: str
    category: str
    address: str
    report_count: int
    first_report_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the city still has work to do."""
        return self.status in OPEN_STATUSES

    @property
    def status_label(self) -> str:
        """The status in the reader's language."""
        return str(IssueStatus(self.status).label)

    @property
    def category_label(self) -> str:
        """The category in the reader's language."""
        return str(Category(self.category).label)


@dataclass(frozen=True)
class PublicStep:
    """A line of the public timeline: `kind` is reported, more_reports or a status."""

    at: datetime
    kind: str
    reports: int = 0

    @property
    def status_label(self) -> str:
        """The status that the issue took, in the reader's language."""
        return str(IssueStatus(self.kind).label) if self.kind in IssueStatus.values else ""


@dataclass(frozen=True)
class PublicComment:
    """What staff wrote for everybody to read."""

    at: datetime
    text: str


@dataclass(frozen=True)
class IssuePage:
    """Everything on an issue's public page; `due_at` is promised, None where nothing is or the work is done."""

    issue: PublicIssue
    steps: list[PublicStep]
    comments: list[PublicComment]
    due_at: datetime | None


@dataclass(frozen=True)
class ReportPage:
    """Everything on a report's public page; its own text is not there, for it may name people."""

    public_id: UUID
    received_at: datetime
    service: str
    status: str
    status_notes: str
    closed_at: datetime | None
    issue: PublicIssue | None
    due_at: datetime | None

    @property
    def status_label(self) -> str:
        """The status in the reader's language: the issue's, which says more, once there is one."""
        return self.issue.status_label if self.issue else str(ReportStatus(self.status).label)


@dataclass(frozen=True)
class CityFigures:
    """What the city's front page counts."""

    open_issues: int
    resolved_issues: int


def _public(row: dict[str, Any]) -> PublicIssue:
    return PublicIssue(**row | {"title": public_words(row["title"])})


def recent_issues(*, cursor: str = "", only_open: bool = False) -> CursorPage[PublicIssue]:
    """Return a page of the active tenant's issues, newest first. One query, none when it is in the cache.

    Errors: InvalidCursor.
    """
    tenant_id = require_tenant_id()
    kept = Issue.objects.surviving()
    rows = (kept.open() if only_open else kept).order_by("-first_report_at", "-id").values(*_ISSUE_COLUMNS)
    scope = f"portal:{tenant_id}:{only_open}"

    def read() -> CursorPage[PublicIssue]:
        page = seek_page(rows, cursor=cursor, page_size=PAGE_SIZE, scope=scope)
        return CursorPage([_public(row) for row in page.items], page.next, page.previous)

    if cursor:
        return read()
    key = f"portal:{{{tenant_id}}}:{only_open}:first"
    return tagged_get_or_set(key=key, tags=[issues_tag(tenant_id)], kind="lists", compute=read)


def city_figures() -> CityFigures | None:
    """Return the active tenant's totals, None before the first count. One query, none when they are in the cache."""
    tenant_id = require_tenant_id()

    def read() -> CityFigures | None:
        return next((CityFigures(score.open_issues, score.resolved_issues) for score in scores()), None)

    return tagged_get_or_set(
        key=f"portal:{{{tenant_id}}}:figures", tags=[dashboard(tenant_id)], kind="statistics", compute=read
    )


def open_points(bounds: Bounds | None) -> dict[str, Any]:
    """Return the newest MOST_POINTS open issues with a place as GeoJSON. One query, none when cached.

    `complete` is false when there are more of them in the rectangle.
    """
    tenant_id = require_tenant_id()

    def read() -> dict[str, Any]:
        rows = Issue.objects.surviving().open().filter(lat__isnull=False, lng__isnull=False)
        if bounds is not None:
            rows = rows.filter(lat__range=(bounds.south, bounds.north), lng__range=(bounds.west, bounds.east))
        found = list(
            rows.order_by("-first_report_at", "-id").values("number", "title", "status", "category", "lat", "lng")[
                : MOST_POINTS + 1
            ]
        )
        features = [_feature(row) for row in found[:MOST_POINTS]]
        return {"type": "FeatureCollection", "features": features, "complete": len(found) <= MOST_POINTS}

    key = f"portal:{{{tenant_id}}}:points:{bounds}"
    return tagged_get_or_set(key=key, tags=[issues_tag(tenant_id)], kind="lists", compute=read)


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": row["number"],
        "geometry": {"type": "Point", "coordinates": [round(row["lng"], 6), round(row["lat"], 6)]},
        "properties": {
            "number": row["number"],
            "title": public_words(row["title"]),
            "status": row["status"],
            "category": row["category"],
        },
    }


def surviving_number(number: int) -> int | None:
    """Return the number of the issue that this one was merged into, None when it stands by itself or is unknown."""
    found: int | None = (
        Issue.objects.filter(number=number, merged_into__isnull=False)
        .values_list("merged_into__number", flat=True)
        .first()
    )
    return found


def issue_page(number: int) -> IssuePage | None:
    """Return what the public may know of an issue, None when there is none. Queries: four."""
    row = Issue.objects.surviving().filter(number=number).values(*_ISSUE_COLUMNS).first()
    if row is None:
        return None
    issue = _public(row)
    comments = Comment.objects.filter(issue_id=issue.id, is_public=True).order_by("created_at", "id")
    return IssuePage(
        issue=issue,
        steps=_steps(issue),
        comments=[PublicComment(at, text) for at, text in comments.values_list("created_at", "text")],
        due_at=_due_at(issue),
    )


def _steps(issue: PublicIssue) -> list[PublicStep]:
    """Return the timeline without people, notes and internal matters.

    Imported issues carry their times but no moves: those stand in for the moves that nobody recorded.
    """
    events = IssueEvent.objects.filter(issue_id=issue.id, kind__in=_PUBLIC_EVENTS).order_by("at", "id")
    steps: list[PublicStep] = []
    for kind, at, after in events.values_list("kind", "at", "after"):
        if kind == EventKind.STATUS:
            steps.append(PublicStep(at, after.get("status", "")))
        elif kind == EventKind.REPORTS_ADDED:
            steps.append(PublicStep(at, "more_reports", reports=int(after.get("reports", 1))))
        else:
            steps.append(PublicStep(at, "reported"))
    told = {step.kind for step in steps}
    times = {
        "reported": issue.first_report_at,
        IssueStatus.ACKNOWLEDGED.value: issue.acknowledged_at if not told & set(IssueStatus.values) else None,
        IssueStatus.RESOLVED.value: issue.resolved_at if not told & set(_DONE) else None,
    }
    steps += [PublicStep(at, kind) for kind, at in times.items() if at is not None and kind not in told]
    return sorted(steps, key=lambda step: step.at)


def _due_at(issue: PublicIssue) -> datetime | None:
    if not issue.is_open:
        return None
    due: datetime | None = (
        SLAMetric.objects.filter(issue_id=issue.id).values_list("resolution_due_at", flat=True).first()
    )
    return due


def report_page(public_id: UUID) -> ReportPage | None:
    """Return what the public may know of a report, None when there is none. Queries: at most three."""
    columns = "public_id received_at service__name status status_notes closed_at promised_due issue_id".split()
    row = Report.objects.filter(public_id=public_id).values(*columns).first()
    if row is None:
        return None
    found = Issue.objects.filter(pk=row["issue_id"]).values(*_ISSUE_COLUMNS).first() if row["issue_id"] else None
    issue = _public(found) if found else None
    return ReportPage(
        public_id=row["public_id"],
        received_at=row["received_at"],
        service=row["service__name"] or "",
        status=row["status"],
        status_notes=public_words(row["status_notes"]),
        closed_at=row["closed_at"],
        issue=issue,
        due_at=row["promised_due"] or (_due_at(issue) if issue else None),
    )


def issue_exists(number: int) -> bool:
    """Tell whether the active tenant has an issue of that number. One query."""
    found: bool = Issue.objects.filter(number=number).exists()
    return found
