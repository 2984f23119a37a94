"""Notice the due times that have passed: set-based, across all tenants, safe beside other sweeps and workers."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from apps.core import clock
from apps.core.events import chunks, publish
from apps.sla.events import ClocksChanged
from apps.tenants.scoping import all_tenants, tenant_scope

# Clocks of one sweep transaction: small enough that a clock is locked for some milliseconds only.
SWEEP_CLOCKS = 500

# A due time that is exactly now has not passed: a stop in this very instant still meets it.
_BREACH = """
WITH due AS (
    SELECT id FROM sla_clocks
    WHERE state = 'running' AND next_check_at < %(now)s
    ORDER BY next_check_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), breached AS (
    UPDATE sla_clocks c SET breached_at = c.due_at, next_check_at = NULL
    FROM due WHERE c.id = due.id
    RETURNING c.tenant_id, c.issue_id, c.metric, c.cycle, c.due_at
), told AS (
    INSERT INTO sla_events (tenant_id, issue_id, metric, cycle, at, kind, before, after, created_at)
    SELECT tenant_id, issue_id, metric, cycle, due_at, 'breach', '{}', '{}', %(now)s FROM breached
), issues AS (
    SELECT tenant_id, issue_id, bool_or(metric = 'response') AS response, bool_or(metric = 'resolution') AS resolution
    FROM breached GROUP BY tenant_id, issue_id
), summed AS (
    UPDATE sla_metrics m SET
        response_outcome = CASE WHEN i.response THEN 'missed' ELSE m.response_outcome END,
        resolution_outcome = CASE WHEN i.resolution THEN 'missed' ELSE m.resolution_outcome END
    FROM issues i WHERE m.tenant_id = i.tenant_id AND m.issue_id = i.issue_id
)
SELECT tenant_id, issue_id, count(*) FROM breached GROUP BY tenant_id, issue_id ORDER BY tenant_id, issue_id
"""


@dataclass(frozen=True)
class SweepResult:
    """What a sweep found: clocks breached, and in how many tenants."""

    breached: int
    tenants: int


def check_due_clocks(*, now: datetime | None = None, limit: int = SWEEP_CLOCKS) -> SweepResult:
    """Mark up to `limit` running clocks whose due time has passed as breached, by that due time, in any tenant.

    However late it runs, the outcome is the same: only the noticing is late. Clocks locked by others are left to them.
    Queries: one. Call again while `breached` reaches the limit.
    """
    with all_tenants("SLA sweep: due clocks of every tenant"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_BREACH, {"now": now or clock.now(), "limit": limit})
            found = cursor.fetchall()
        issues: dict[int, list[int]] = defaultdict(list)
        for tenant_id, issue_id, _ in found:
            issues[tenant_id].append(issue_id)
        for tenant_id, issue_ids in issues.items():
            with tenant_scope(tenant_id):
                for part in chunks(issue_ids):
                    publish(ClocksChanged(tenant_id=tenant_id, issue_ids=part))
    return SweepResult(sum(count for *_, count in found), len(issues))
