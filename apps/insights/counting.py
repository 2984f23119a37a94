"""Counting: a day from its raw rows, everything else from the days.

A day is counted anew rather than added to: the incremental figures and a rebuild are the same statement, and cannot
drift apart. What lies above the days (months, open issues, totals) is summed from the level below in the same
transaction, so that no refresh reads more than the marked days' raw rows, however much the tenant has.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from apps.core.locks import hold_lock
from apps.core.postgresql.prepared import prepared_results, prepared_rows
from apps.insights import rules
from apps.insights.statements import (
    KEEP_SCORE,
    REPLACE_DAYS,
    REPLACE_MONTHS,
    REPLACE_OPEN_ISSUES,
    SPAN,
    TAKE_MARKS,
    TOTALS,
)


@dataclass(frozen=True)
class Span:
    """The first and last local day with anything of a tenant on it, or with figures so far."""

    first: date
    last: date


def lock(tenant_id: int) -> None:
    """Let one transaction at a time count a tenant's figures."""
    hold_lock("insights.rollups", tenant_id)


def take_marks(tenant_id: int, limit: int) -> list[date]:
    """Take away marks, oldest first, and return their days, each once, in order."""
    return [day for (day,) in prepared_rows(TAKE_MARKS, [tenant_id, tenant_id, limit])]


def marked_days(tenant_id: int) -> set[date]:
    """Return the days that wait for a recount."""
    return {day for (day,) in prepared_rows("SELECT DISTINCT day FROM rollup_marks WHERE tenant_id = %s", [tenant_id])}


def span(tenant_id: int) -> Span | None:
    """Return the tenant's days from end to end, None where there is nothing. Twelve probes of indexes."""
    rows = prepared_rows(SPAN, [*[tenant_id] * 5])
    days = [day for day in rows[0] if day is not None] if rows else []
    return Span(min(days), max(days)) if days else None


def replace_days(tenant_id: int, zone: str, days: list[date]) -> list[date]:
    """Make the rollups of some days what the raw rows say; return the day of each rollup that was not so before."""
    # Not prepared: the planner is to see how many days there are.
    with connection.cursor() as cursor:
        cursor.execute(REPLACE_DAYS, [days, zone, *[tenant_id] * 5, days, tenant_id, tenant_id])
        return [day for (day,) in cursor.fetchall()]


def replace_sums(tenant_id: int, days: list[date]) -> int:
    """Make the months of these days, the counts of open issues, and return how many rows were not so before."""
    months, counts = prepared_results(
        [
            (REPLACE_MONTHS, [days, *[tenant_id] * 4]),
            (REPLACE_OPEN_ISSUES, [tenant_id] * 4),
        ]
    )
    return len(months) + len(counts)


def replace_totals(tenant_id: int, now: datetime) -> None:
    """Make a tenant's totals and score what its months and days say; without any there is no row of them."""
    rows = prepared_rows(TOTALS, [tenant_id] * 6)
    if not rows:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM tenant_scores WHERE tenant_id = %s", [tenant_id])
        return
    first_day, last_day, *row = rows[0]
    response_met, response_missed, resolution_met, resolution_missed, *totals = row
    score = rules.score(
        rules.attainment(response_met, response_missed), rules.attainment(resolution_met, resolution_missed)
    )
    prepared_rows(KEEP_SCORE, [tenant_id, now, first_day, last_day, *totals, score])
