"""A dashboard's figures, in one statement and little Python.

The database picks the window, sums its rollups by point of the chart, by category and by severity, and answers some
fifty flat rows. A window of months is read from the monthly rollups; the days at its edges, and every day of a shorter
window, from the daily ones. All of it is one snapshot, so that the figures of one answer belong together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from apps.core.postgresql.prepared import prepared_rows
from apps.insights import rules

Sums = tuple[int, ...]
# Reports, opened, resolved, response met and missed, resolution met and missed.
NOTHING: Sums = (0,) * 7

_HEAD, _POINT, _CATEGORY, _SEVERITY, _OPEN_STATUS, _OPEN_CATEGORY, _OPEN_SEVERITY = range(7)
_SUMS = (
    "sum(reports_received), sum(issues_opened), sum(issues_resolved), "
    "sum(response_met), sum(response_missed), sum(resolution_met), sum(resolution_missed)"
)
_COLUMNS = (
    "category, severity, reports_received, issues_opened, issues_resolved, "
    "response_met, response_missed, resolution_met, resolution_missed"
)
_TOTALS = (
    "reports, issues, open_issues, resolved_issues, response_met, response_missed, resolution_met, resolution_missed"
)
# OFFSET 0 makes the window be found first, and be one row that the rollups are looked up by.
_FIGURES = f"""
WITH known AS (
    SELECT t.slug, (%s::timestamptz AT TIME ZONE t.timezone)::date AS today, %s::int AS days,
        s.first_day, s.last_day, s.score, s.refreshed_at, {", ".join(f"s.{name}" for name in _TOTALS.split(", "))}
    FROM tenants t LEFT JOIN tenant_scores s ON s.tenant_id = t.id WHERE t.id = %s
), ended AS (
    SELECT *, CASE
        WHEN days = 0 AND today - last_day <= {rules.ARCHIVE_AFTER_DAYS} THEN greatest(today, last_day)
        WHEN days = 0 OR last_day < today - days THEN coalesce(last_day, today)
        ELSE today END AS last
    FROM known
), span AS (
    SELECT *, CASE WHEN days = 0 THEN coalesce(first_day, today) ELSE last - days + 1 END AS first FROM ended
), w AS MATERIALIZED (
    SELECT first, last, last - first >= {rules.MONTHLY_FROM_DAYS} AS monthly,
        -- The whole months of the window: from the first that begins in it to the one that begins after its end.
        date_trunc('month', first + interval '1 month - 1 day')::date AS first_month,
        date_trunc('month', last + interval '1 day')::date AS after_months
    FROM span
), picked AS (
    SELECT r.day AS point, {_COLUMNS} FROM w JOIN daily_rollups r
        ON NOT w.monthly AND r.tenant_id = %s AND r.day >= w.first AND r.day <= w.last
    UNION ALL
    SELECT r.month, {_COLUMNS} FROM w JOIN monthly_rollups r
        ON w.monthly AND r.tenant_id = %s AND r.month >= w.first_month AND r.month < w.after_months
    UNION ALL
    SELECT date_trunc('month', r.day)::date, {_COLUMNS} FROM w JOIN daily_rollups r
        ON w.monthly AND r.tenant_id = %s AND r.day >= w.first AND r.day < w.first_month
    UNION ALL
    SELECT w.after_months, {_COLUMNS} FROM w JOIN daily_rollups r
        ON w.monthly AND r.tenant_id = %s AND r.day >= w.after_months AND r.day <= w.last
), summed AS (
    SELECT CASE WHEN grouping(point) = 0 THEN {_POINT} WHEN grouping(category) = 0 THEN {_CATEGORY}
            ELSE {_SEVERITY} END AS kind,
        CASE WHEN grouping(point) = 0 THEN point::text ELSE coalesce(category, severity) END AS word, {_SUMS}
    FROM picked GROUP BY GROUPING SETS ((point), (category), (severity))
)
SELECT {_HEAD}, json_build_object(
        'tenant', slug, 'first', first, 'last', last, 'monthly', (SELECT monthly FROM w), 'score', score,
        'refreshed_at', refreshed_at, 'behind', EXISTS (SELECT 1 FROM rollup_marks WHERE tenant_id = %s),
        'later', (SELECT coalesce(sum(r.issues_opened - r.issues_resolved), 0) FROM daily_rollups r
            WHERE r.tenant_id = %s AND r.day > span.last)
    )::text, {_TOTALS}
FROM span
UNION ALL
SELECT *, 0 FROM summed
UNION ALL
SELECT CASE WHEN grouping(status) = 0 THEN {_OPEN_STATUS} WHEN grouping(category) = 0 THEN {_OPEN_CATEGORY}
        ELSE {_OPEN_SEVERITY} END,
    coalesce(status, category, severity), sum(issues), 0, 0, 0, 0, 0, 0, 0
FROM issue_counts WHERE tenant_id = %s GROUP BY GROUPING SETS ((status), (category), (severity))
"""


@dataclass
class Figures:
    """What the statement answered: sums of the window by point, category and severity; what is open now by each."""

    tenant: str
    first: date
    last: date
    monthly: bool
    score: float | None
    refreshed_at: datetime | None
    behind: bool
    later: int
    """Opened less resolved after the window."""
    totals: dict[str, int]
    points: dict[str, Sums] = field(default_factory=dict)
    categories: dict[str, Sums] = field(default_factory=dict)
    severities: dict[str, Sums] = field(default_factory=dict)
    open_by_status: dict[str, int] = field(default_factory=dict)
    open_by_category: dict[str, int] = field(default_factory=dict)
    open_by_severity: dict[str, int] = field(default_factory=dict)

    def days(self) -> Iterator[str]:
        """Yield the points of the chart in order, days or the first of months, also those on which nothing came."""
        if not self.monthly:
            for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
                yield date.fromordinal(ordinal).isoformat()
            return
        for month in range(self.first.year * 12 + self.first.month - 1, self.last.year * 12 + self.last.month):
            yield date(month // 12, month % 12 + 1, 1).isoformat()


def read_figures(tenant_id: int, *, days: int, now: datetime) -> Figures:
    """Read a tenant's figures for a window that ends with the local day of `now`, or where the data ended long ago;
    `days` 0 for all there is. One statement. Errors: LookupError for an unknown tenant."""
    rows = prepared_rows(_FIGURES, [now, days, *[tenant_id] * 8])
    head = next((row for row in rows if row[0] == _HEAD), None)
    if head is None:
        raise LookupError(f"there is no tenant with id {tenant_id}")
    found = _head(head)
    sums = {_POINT: found.points, _CATEGORY: found.categories, _SEVERITY: found.severities}
    still_open = {
        _OPEN_STATUS: found.open_by_status,
        _OPEN_CATEGORY: found.open_by_category,
        _OPEN_SEVERITY: found.open_by_severity,
    }
    for row in rows:
        kind = row[0]
        if kind in sums:
            sums[kind][row[1]] = row[2:9]
        elif kind in still_open:
            still_open[kind][row[1]] = row[2]
    return found


def _head(row: tuple[Any, ...]) -> Figures:
    said = orjson.loads(row[1])
    return Figures(
        tenant=said["tenant"],
        first=date.fromisoformat(said["first"]),
        last=date.fromisoformat(said["last"]),
        monthly=said["monthly"],
        score=said["score"],
        refreshed_at=datetime.fromisoformat(said["refreshed_at"]) if said["refreshed_at"] else None,
        behind=said["behind"],
        later=said["later"],
        totals={name: number or 0 for name, number in zip(_TOTALS.split(", "), row[2:], strict=True)},
    )
