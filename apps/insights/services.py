"""Keep the figures current: mark the days that a change touches, count the marked days again."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from apps.core import clock
from apps.core.events import publish
from apps.insights import counting
from apps.insights.events import RollupsMarked, RollupsRefreshed
from apps.insights.models import RollupMark
from apps.tenants.models import Tenant

MARKS_PER_REFRESH = 50_000


@dataclass(frozen=True)
class Refresh:
    """What a refresh did: days counted again, and rollup rows now standing for them."""

    days: int
    rows: int


def mark_report_days(*, tenant_id: int, report_ids: list[int]) -> None:
    """Mark the local days on which these reports were received. One statement."""
    _mark(
        tenant_id,
        "SELECT r.received_at FROM reports r WHERE r.tenant_id = %(tenant)s AND r.id = ANY(%(ids)s)",
        report_ids,
        [],
    )


def mark_issue_days(*, tenant_id: int, issue_ids: list[int], moments: list[datetime] | None = None) -> None:
    """Mark the local days on which these issues count, and those of `moments` that no longer hold. One statement."""
    _mark(
        tenant_id,
        "SELECT unnest(ARRAY[i.first_report_at, i.resolved_at]) FROM issues i "
        "WHERE i.tenant_id = %(tenant)s AND i.id = ANY(%(ids)s) "
        "UNION ALL SELECT m.started_at FROM sla_metrics m "
        "WHERE m.tenant_id = %(tenant)s AND m.issue_id = ANY(%(ids)s)",
        issue_ids,
        moments or [],
    )


def _mark(tenant_id: int, moments_sql: str, ids: list[int], moments: list[datetime]) -> None:
    if not ids and not moments:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rollup_marks (tenant_id, day, created_at) "
            "SELECT DISTINCT t.id, (touched.at AT TIME ZONE t.timezone)::date, now() FROM tenants t, "
            f"({moments_sql} UNION ALL SELECT unnest(%(moments)s::timestamptz[])) AS touched (at) "
            "WHERE t.id = %(tenant)s AND touched.at IS NOT NULL",
            {"tenant": tenant_id, "ids": ids, "moments": moments},
        )
    publish(RollupsMarked(tenant_id=tenant_id))


def refresh_rollups(*, tenant_id: int, now: datetime | None = None) -> Refresh:
    """Count the marked days of a tenant again, then its totals; nothing when no day is marked.

    One refresh of a tenant at a time. The marks go in the same transaction, so that a crash leaves them standing.
    """
    with transaction.atomic():
        counting.lock(tenant_id)
        days = counting.take_marks(tenant_id, MARKS_PER_REFRESH)
        if not days:
            return Refresh(days=0, rows=0)
        return _count(tenant_id, days, now or clock.now())


def rebuild_rollups(*, tenant_id: int, now: datetime | None = None) -> Refresh:
    """Count every day of a tenant again from the raw rows."""
    with transaction.atomic():
        counting.lock(tenant_id)
        RollupMark.objects.all().delete()
        counting.forget_days(tenant_id)
        return _count(tenant_id, counting.days_with_data(tenant_id), now or clock.now())


def _count(tenant_id: int, days: list[date], now: datetime) -> Refresh:
    tenant = Tenant.objects.get(pk=tenant_id)
    rows = counting.count_days(tenant_id, tenant.timezone, days)
    counting.count_open_issues(tenant_id)
    counting.count_totals(tenant_id, tenant.timezone, now)
    publish(RollupsRefreshed(tenant_id=tenant_id))
    return Refresh(days=len(days), rows=rows)
