"""Open issues and add reports to them, many at a time, each in a fixed number of statements."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from apps.core import clock
from apps.core.bulk import copy_insert
from apps.core.events import chunks, publish
from apps.issues.events import IssuesAbsorbed, IssuesEdited, IssuesOpened
from apps.issues.models import EventKind, Issue, IssueEvent, IssueStatus
from apps.issues.rules import OPEN_STATUSES, SEVERITY_RANK
from apps.tenants.models import User

_COLUMNS = (
    "id tenant_id number title status category severity service_code lat lng cell address report_count "
    "first_report_at last_report_at acknowledged_at resolved_at historic version created_at updated_at"
).split()


@dataclass(frozen=True)
class NewIssue:
    """An issue to open. A historic one carries the acknowledgement and resolution of its reports."""

    title: str
    category: str
    severity: str
    service_code: str
    lat: float | None
    lng: float | None
    cell: int | None
    address: str
    report_count: int
    first_report_at: datetime
    last_report_at: datetime
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    historic: bool = False


@dataclass(frozen=True)
class Absorption:
    """Reports added to an existing issue.

    `any_open`, `acknowledged_at` (earliest) and `closed_at` (latest) tell of historic reports; they move the status
    and times of a historic issue only. Live reports leave an issue's status alone.
    """

    issue_id: int
    report_count: int
    first_report_at: datetime
    last_report_at: datetime
    severity: str
    any_open: bool = True
    acknowledged_at: datetime | None = None
    closed_at: datetime | None = None


def _status(issue: NewIssue) -> str:
    if issue.resolved_at is not None:
        return IssueStatus.RESOLVED
    return IssueStatus.ACKNOWLEDGED if issue.acknowledged_at is not None else IssueStatus.OPEN


def open_issues(*, tenant_id: int, issues: list[NewIssue]) -> list[int]:
    """Open issues and return their ids in the order given; numbers follow that order.

    Queries: a number range, an id range, one COPY and insert for the issues, one for the timeline. The tenant's
    number row stays locked until the commit, so concurrent openings of one tenant wait for each other.
    """
    if not issues:
        return []
    now = clock.now()
    with transaction.atomic():
        first_number = _reserve_numbers(tenant_id, len(issues))
        ids = _reserve_ids(len(issues))
        rows = [
            (
                *(issue_id, tenant_id, first_number + offset, issue.title[:200], _status(issue), issue.category),
                *(issue.severity, issue.service_code, issue.lat, issue.lng, issue.cell, issue.address[:300]),
                *(issue.report_count, issue.first_report_at, issue.last_report_at, issue.acknowledged_at),
                *(issue.resolved_at, issue.historic, 1, now, now),
            )
            for offset, (issue_id, issue) in enumerate(zip(ids, issues, strict=True))
        ]
        copy_insert(table="issues", columns=_COLUMNS, rows=rows)
        copy_insert(
            table="issue_events",
            columns=["tenant_id", "issue_id", "at", "kind", "before", "after", "note", "created_at"],
            rows=[
                (tenant_id, issue_id, issue.first_report_at, EventKind.OPENED.value, {}, {}, "", now)
                for issue_id, issue in zip(ids, issues, strict=True)
            ],
        )
        for part in chunks(ids):
            publish(IssuesOpened(tenant_id=tenant_id, issue_ids=part))
    return ids


def _reserve_numbers(tenant_id: int, count: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO issue_numbers (tenant_id, last_number, created_at) VALUES (%s, %s, now()) "
            "ON CONFLICT (tenant_id) DO UPDATE SET last_number = issue_numbers.last_number + EXCLUDED.last_number "
            "RETURNING last_number",
            [tenant_id, count],
        )
        last: int = cursor.fetchone()[0]
    return last - count + 1


def _reserve_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('issues', 'id')) FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


_ABSORB = """
WITH added AS (
    SELECT * FROM unnest(
        %(ids)s::bigint[], %(counts)s::int[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[], %(ranks)s::int[],
        %(opens)s::boolean[], %(acknowledged)s::timestamptz[], %(closed)s::timestamptz[]
    ) AS t (id, report_count, first_at, last_at, rank, any_open, acknowledged_at, closed_at)
), old AS (
    SELECT i.id, i.resolved_at, i.first_report_at FROM issues i JOIN added USING (id)
    WHERE i.tenant_id = %(tenant)s FOR UPDATE OF i
)
UPDATE issues i SET
    report_count = i.report_count + a.report_count,
    first_report_at = LEAST(i.first_report_at, a.first_at),
    last_report_at = GREATEST(i.last_report_at, a.last_at),
    severity = (%(severities)s::text[])[GREATEST(a.rank, array_position(%(severities)s::text[], i.severity::text))],
    acknowledged_at = CASE WHEN i.historic THEN LEAST(i.acknowledged_at, a.acknowledged_at) ELSE i.acknowledged_at END,
    resolved_at = CASE WHEN NOT i.historic THEN i.resolved_at
        WHEN a.any_open OR i.status = ANY(%(open)s) THEN NULL ELSE GREATEST(i.resolved_at, a.closed_at) END,
    status = CASE WHEN NOT i.historic OR i.status = ANY(%(open)s) OR NOT a.any_open THEN i.status ELSE 'open' END,
    updated_at = %(now)s
FROM added a JOIN old ON old.id = a.id
WHERE i.id = a.id AND i.tenant_id = %(tenant)s
RETURNING i.id, old.resolved_at, old.first_report_at
"""


def absorb_reports(*, tenant_id: int, absorptions: list[Absorption]) -> None:
    """Add reports to existing issues: counts, first and last report, the highest severity; see Absorption for
    historic ones. At most one absorption an issue. One statement, and one for the timeline.
    """
    if not absorptions:
        return
    now = clock.now()
    severities = [severity.value for severity in SEVERITY_RANK]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _ABSORB,
                {
                    "tenant": tenant_id,
                    "now": now,
                    "open": [status.value for status in OPEN_STATUSES],
                    "severities": severities,
                    "ids": [each.issue_id for each in absorptions],
                    "counts": [each.report_count for each in absorptions],
                    "firsts": [each.first_report_at for each in absorptions],
                    "lasts": [each.last_report_at for each in absorptions],
                    "ranks": [severities.index(each.severity) + 1 for each in absorptions],
                    "opens": [each.any_open for each in absorptions],
                    "acknowledged": [each.acknowledged_at for each in absorptions],
                    "closed": [each.closed_at for each in absorptions],
                },
            )
            touched = cursor.fetchall()
        copy_insert(
            table="issue_events",
            columns=["tenant_id", "issue_id", "at", "kind", "before", "after", "note", "created_at"],
            rows=[
                (
                    *(tenant_id, each.issue_id, each.last_report_at, EventKind.REPORTS_ADDED.value),
                    *({}, {"reports": each.report_count}, "", now),
                )
                for each in absorptions
            ],
        )
        moments = [moment for _, *times in touched for moment in times if moment is not None]
        for part in chunks([issue_id for issue_id, *_ in touched]):
            publish(IssuesAbsorbed(tenant_id=tenant_id, issue_ids=part, moments=moments))


@dataclass(frozen=True)
class Standing:
    """What the reports of a historic issue say of it together; all closed means resolved at the last closing."""

    issue_id: int
    any_open: bool
    acknowledged_at: datetime | None
    closed_at: datetime | None


_FOLLOW = """
WITH said AS (
    SELECT t.id, t.acknowledged_at,
        CASE WHEN t.any_open THEN NULL ELSE t.closed_at END AS resolved_at,
        CASE WHEN NOT t.any_open AND t.closed_at IS NOT NULL THEN 'resolved'
             WHEN t.acknowledged_at IS NOT NULL THEN 'acknowledged' ELSE 'open' END AS status
    FROM unnest(%(ids)s::bigint[], %(opens)s::boolean[], %(acknowledged)s::timestamptz[], %(closed)s::timestamptz[])
        AS t (id, any_open, acknowledged_at, closed_at)
), old AS (
    SELECT i.id, i.resolved_at FROM issues i JOIN said ON said.id = i.id
    WHERE i.tenant_id = %(tenant)s AND i.historic AND NOT EXISTS (
        SELECT 1 FROM issue_events e WHERE e.tenant_id = i.tenant_id AND e.issue_id = i.id AND e.kind = 'status')
    FOR UPDATE OF i
)
UPDATE issues i SET status = said.status, resolved_at = said.resolved_at, updated_at = %(now)s,
    acknowledged_at = coalesce(said.acknowledged_at, i.acknowledged_at)
FROM said JOIN old ON old.id = said.id
WHERE i.id = said.id AND i.tenant_id = %(tenant)s
  AND (i.status, i.resolved_at, i.acknowledged_at) IS DISTINCT FROM
      (said.status, said.resolved_at, coalesce(said.acknowledged_at, i.acknowledged_at))
RETURNING i.id, old.resolved_at
"""


def follow_reports(*, tenant_id: int, standings: list[Standing]) -> list[int]:
    """Let historic issues follow what their source now says; those that a person has moved stay where they are.

    Returns the ids changed and publishes IssuesAbsorbed for them. One statement.
    """
    if not standings:
        return []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _FOLLOW,
                {
                    "tenant": tenant_id,
                    "now": clock.now(),
                    "ids": [each.issue_id for each in standings],
                    "opens": [each.any_open for each in standings],
                    "acknowledged": [each.acknowledged_at for each in standings],
                    "closed": [each.closed_at for each in standings],
                },
            )
            changed = cursor.fetchall()
        moments = [resolved for _, resolved in changed if resolved is not None]
        for part in chunks([issue_id for issue_id, _ in changed]):
            publish(IssuesAbsorbed(tenant_id=tenant_id, issue_ids=part, moments=moments))
    return [issue_id for issue_id, _ in changed]


def release_reports(*, tenant_id: int, issue_id: int, report_count: int, actor: User | None, now: datetime) -> None:
    """Take reports from an issue that a person has moved elsewhere; its times and severity stay as they were read.

    Publishes IssuesEdited. Two statements.
    """
    with transaction.atomic():
        Issue.objects.filter(pk=issue_id).update(report_count=F("report_count") - report_count, updated_at=now)
        IssueEvent(
            tenant_id=tenant_id,
            issue_id=issue_id,
            at=now,
            kind=EventKind.REPORTS_REMOVED,
            actor=actor,
            after={"reports": report_count},
        ).save()
        publish(IssuesEdited(tenant_id=tenant_id, issue_ids=[issue_id]))
