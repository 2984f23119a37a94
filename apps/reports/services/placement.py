"""Write which issue reports belong to, and let their public status follow it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class ReportPlacement:
    """A report and the issue that it belongs to."""

    report_id: int
    issue_id: int


def assign_issues(*, tenant_id: int, placements: list[ReportPlacement]) -> list[int]:
    """Set the issue of reports; return the ids changed. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reports r SET issue_id = t.issue_id FROM unnest(%s::bigint[], %s::bigint[]) AS t (id, issue_id) "
            "WHERE r.tenant_id = %s AND r.id = t.id AND r.issue_id IS DISTINCT FROM t.issue_id RETURNING r.id",
            [[each.report_id for each in placements], [each.issue_id for each in placements], tenant_id],
        )
        return [row[0] for row in cursor.fetchall()]


def close_reports(*, tenant_id: int, issue_ids: list[int], now: datetime) -> list[int]:
    """Close the open reports of issues that were resolved; return the ids changed. One statement."""
    return _follow(
        "UPDATE reports SET status = 'closed', closed_at = %s, updated_at = %s "
        "WHERE tenant_id = %s AND issue_id = ANY(%s) AND status = 'open' RETURNING id",
        [now, now, tenant_id, issue_ids],
    )


def reopen_reports(*, tenant_id: int, issue_ids: list[int], now: datetime) -> list[int]:
    """Open the closed reports of issues that were reopened; return the ids changed. One statement."""
    return _follow(
        "UPDATE reports SET status = 'open', closed_at = NULL, updated_at = %s "
        "WHERE tenant_id = %s AND issue_id = ANY(%s) AND status = 'closed' RETURNING id",
        [now, tenant_id, issue_ids],
    )


def _follow(sql: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def settle_reports(*, tenant_id: int, report_ids: list[int]) -> list[int]:
    """Let live reports stand as the issue stands that they have just come to; return the ids changed. One statement.

    A report can come to an issue that was resolved while it waited. Historic issues follow their reports instead.
    """
    return _follow(
        "UPDATE reports r SET updated_at = now(), closed_at = i.resolved_at, "
        "status = CASE WHEN i.resolved_at IS NULL THEN 'open' ELSE 'closed' END "
        "FROM issues i WHERE r.tenant_id = %s AND r.id = ANY(%s) AND i.tenant_id = r.tenant_id AND i.id = r.issue_id "
        "AND NOT r.historic AND NOT i.historic AND (r.status = 'open') <> (i.resolved_at IS NULL) RETURNING r.id",
        [tenant_id, report_ids],
    )
