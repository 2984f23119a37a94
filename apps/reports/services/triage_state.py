"""Hand reports to triage and take its results, each in one statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from apps.core import clock
from apps.core.events import chunks, publish
from apps.reports.events import ReportsClassified


@dataclass(frozen=True)
class ClaimedReport:
    """A report that triage may work on until its lease ends."""

    id: int
    triage_version: int
    description: str
    service_id: int | None
    service_code: str
    address: str
    received_at: datetime


@dataclass(frozen=True)
class ClassifiedReport:
    """Triage's answer for one report; it counts only while the report is at `triage_version`."""

    report_id: int
    triage_version: int
    category: str
    severity: str
    service_id: int | None


_WAITING = """
SELECT r.id, r.triage_version, r.description, r.service_id, coalesce(s.code, ''), r.address, r.received_at
FROM reports r LEFT JOIN services s ON s.tenant_id = r.tenant_id AND s.id = r.service_id
WHERE r.tenant_id = %(tenant)s AND r.triage_state <> 'done'
  AND (r.triage_state = 'pending' OR r.triage_lease_until < %(now)s)
  AND (%(ids)s::bigint[] IS NULL OR r.id = ANY(%(ids)s::bigint[]))
ORDER BY r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
"""
_CLAIM = f"""
WITH waiting AS ({_WAITING}), claimed AS (
    UPDATE reports SET triage_state = 'claimed', triage_lease_until = %(until)s
    FROM waiting WHERE reports.id = waiting.id AND reports.tenant_id = %(tenant)s
)
SELECT * FROM waiting ORDER BY id
"""
_RECORD = """
UPDATE reports r SET
    category = t.category, severity = t.severity, service_id = coalesce(t.service_id, r.service_id),
    triage_state = 'done', triage_lease_until = NULL, triage_version = r.triage_version + 1
FROM unnest(%(ids)s::bigint[], %(versions)s::int[], %(categories)s::text[], %(severities)s::text[],
            %(services)s::bigint[]) AS t (id, version, category, severity, service_id)
WHERE r.tenant_id = %(tenant)s AND r.id = t.id AND r.triage_version = t.version AND r.triage_state <> 'done'
RETURNING r.id
"""


def claim_for_triage(
    *, tenant_id: int, report_ids: list[int] | None, limit: int, lease_seconds: float, now: datetime | None = None
) -> list[ClaimedReport]:
    """Lease waiting reports, oldest id first, so that slow work can be done outside a transaction.

    Reports claimed by others are skipped until their lease ends.
    """
    now = now or clock.now()
    until = now + timedelta(seconds=lease_seconds)
    return _fetch(_CLAIM, {"tenant": tenant_id, "ids": report_ids, "limit": limit, "now": now, "until": until})


def lock_for_triage(
    *, tenant_id: int, report_ids: list[int] | None, limit: int, now: datetime | None = None
) -> list[ClaimedReport]:
    """Lock waiting reports until the caller's transaction ends: for work so quick that a lease would cost more."""
    return _fetch(_WAITING, {"tenant": tenant_id, "ids": report_ids, "limit": limit, "now": now or clock.now()})


def _fetch(sql: str, values: dict[str, Any]) -> list[ClaimedReport]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [ClaimedReport(*row) for row in cursor.fetchall()]


def record_classifications(*, tenant_id: int, results: list[ClassifiedReport]) -> list[int]:
    """Write triage's answers where nobody has edited the report since; return the ids written.

    Publishes ReportsClassified. A report that a person has classified meanwhile keeps the person's answer.
    """
    if not results:
        return []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _RECORD,
                {
                    "tenant": tenant_id,
                    "ids": [result.report_id for result in results],
                    "versions": [result.triage_version for result in results],
                    "categories": [result.category for result in results],
                    "severities": [result.severity for result in results],
                    "services": [result.service_id for result in results],
                },
            )
            written = [row[0] for row in cursor.fetchall()]
        for part in chunks(written):
            publish(ReportsClassified(tenant_id=tenant_id, report_ids=part))
    return written


def set_classification(*, tenant_id: int, report_id: int, category: str, severity: str, service_id: int | None) -> bool:
    """Write a person's answer, whatever triage is doing; return whether the report exists."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE reports SET category = %s, severity = %s, service_id = coalesce(%s, service_id), "
                "triage_state = 'done', triage_lease_until = NULL, triage_version = triage_version + 1, "
                "updated_at = %s WHERE tenant_id = %s AND id = %s RETURNING id",
                [category, severity, service_id, clock.now(), tenant_id, report_id],
            )
            found = cursor.fetchone() is not None
        if found:
            publish(ReportsClassified(tenant_id=tenant_id, report_ids=[report_id]))
    return found
