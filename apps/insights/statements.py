"""The texts of the statements that count (counting.py runs them), put together once when this is imported."""

from collections.abc import Sequence

SCORE_DAYS = 90
OPEN_STATUSES = ("open", "acknowledged", "in_progress", "on_hold")
OUTCOMES = ("met", "missed", "pending")
_METRICS = ("response", "resolution")
_PROMISES = (
    "promised",
    *(f"{metric}_{name}" for metric in _METRICS for name in (*OUTCOMES, "stopped", "seconds")),
)
FIGURES = (
    "reports_received",
    "issues_opened",
    "issues_resolved",
    *(f"now_{status}" for status in OPEN_STATUSES),
    *_PROMISES,
)

# Every day becomes its own range of instants and its own index scan. OFFSET 0 keeps the planner from turning them into
# one join of all days with all rows; ORDER BY makes it choose the (tenant, time) index even while a new tenant is
# missing from the statistics, when (tenant, id) looks as cheap: 10.3 s against 0.1 s for 1,857 days of 10,000 rows.
# The range is two hours wider than the day, and each row says itself on which day it lies: where clocks are put back
# at midnight (Azores, Havana; St. John's until 2011) the same local hour comes twice, and no single range is the day.
_ON_DAY = """
    SELECT {columns} FROM {table} r
    WHERE r.tenant_id = %s AND r.{at} >= d.low AND r.{at} < d.high AND (r.{at} AT TIME ZONE d.zone)::date = d.day
    ORDER BY r.{at} DESC OFFSET 0
"""
_SAW_REPORT = _ON_DAY.format(table="reports", at="received_at", columns="category, severity")
_SAW_OPENING = _ON_DAY.format(
    table="issues", at="first_report_at", columns="category, severity, status, merged_into_id"
)
_SAW_RESOLUTION = _ON_DAY.format(table="issues", at="resolved_at", columns="category, severity, merged_into_id")
_SAW_PROMISE = _ON_DAY.format(
    table="sla_metrics",
    at="started_at",
    columns="category, severity, response_outcome, resolution_outcome, response_seconds, resolution_seconds",
)
_COUNTED_OUTCOMES = ", ".join(
    f"""{", ".join(f"count(*) FILTER (WHERE {metric} = '{outcome}') AS {metric}_{outcome}" for outcome in OUTCOMES)},
        count({metric}_seconds) AS {metric}_stopped, coalesce(sum({metric}_seconds), 0)::bigint AS {metric}_seconds"""
    for metric in _METRICS
)
_COUNTED_STATUSES = ", ".join(
    f"count(*) FILTER (WHERE saw = 'opening' AND status = '{status}') AS now_{status}" for status in OPEN_STATUSES
)
_COUNT_DAYS = f"""
    SELECT day, category, severity,
        count(*) FILTER (WHERE saw = 'report') AS reports_received,
        count(*) FILTER (WHERE saw = 'opening') AS issues_opened,
        count(*) FILTER (WHERE saw = 'resolution') AS issues_resolved,
        {_COUNTED_STATUSES},
        count(*) FILTER (WHERE saw = 'promise') AS promised,
        {_COUNTED_OUTCOMES}
    FROM (
        SELECT d.day, r.category, r.severity, 'report' AS saw, '' AS status, '' AS response, '' AS resolution,
            NULL::bigint AS response_seconds, NULL::bigint AS resolution_seconds
        FROM days d CROSS JOIN LATERAL ({_SAW_REPORT}) r
        UNION ALL
        SELECT d.day, i.category, i.severity, 'opening', i.status, '', '', NULL, NULL
        FROM days d CROSS JOIN LATERAL ({_SAW_OPENING}) i WHERE i.merged_into_id IS NULL
        UNION ALL
        SELECT d.day, i.category, i.severity, 'resolution', '', '', '', NULL, NULL
        FROM days d CROSS JOIN LATERAL ({_SAW_RESOLUTION}) i WHERE i.merged_into_id IS NULL
        UNION ALL
        SELECT d.day, m.category, m.severity, 'promise', '', m.response_outcome, m.resolution_outcome,
            m.response_seconds, m.resolution_seconds
        FROM days d CROSS JOIN LATERAL ({_SAW_PROMISE}) m
    ) seen GROUP BY day, category, severity
"""
_DAYS = """days AS (
    SELECT d.day, z.zone, d.day::timestamp AT TIME ZONE z.zone - interval '2 hours' AS low,
        (d.day + 1)::timestamp AT TIME ZONE z.zone + interval '2 hours' AS high
    FROM unnest(%s::date[]) AS d (day), (SELECT %s::text AS zone) AS z
)"""


def _replace(table: str, keys: Sequence[str], figures: Sequence[str], *, counted: str, scope: str, given: str) -> str:
    """Return the statement that makes a part of a table be what was counted, and answers the first key of each row
    that was not so before. Rows that were right already are not written again.

    Parameters: those of `given` and `counted`, then tenant and those of `scope`, tenant, tenant.
    """
    columns = ", ".join((*keys, *figures))
    taken_over = ", ".join(f"{name} = EXCLUDED.{name}" for name in figures)
    return f"""
WITH {given}counted AS MATERIALIZED ({counted}), stale AS (
    SELECT {", ".join(keys)} FROM {table} WHERE tenant_id = %s{scope}
    EXCEPT SELECT {", ".join(keys)} FROM counted
), gone AS (
    DELETE FROM {table} kept USING stale
    WHERE kept.tenant_id = %s AND {" AND ".join(f"kept.{key} = stale.{key}" for key in keys)}
    RETURNING kept.{keys[0]}
), put AS (
    INSERT INTO {table} AS kept (tenant_id, created_at, {columns})
    SELECT %s, now(), {columns} FROM counted
    ON CONFLICT (tenant_id, {", ".join(keys)}) DO UPDATE SET {taken_over}
    WHERE ({", ".join(f"kept.{name}" for name in figures)}) IS DISTINCT FROM
        ({", ".join(f"EXCLUDED.{name}" for name in figures)})
    RETURNING kept.{keys[0]}
)
SELECT {keys[0]} FROM gone UNION ALL SELECT {keys[0]} FROM put
"""


def _summed(names: Sequence[str]) -> str:
    return ", ".join(f"sum({name})::bigint AS {name}" for name in names)


REPLACE_DAYS = _replace(
    "daily_rollups",
    ("day", "category", "severity"),
    FIGURES,
    given=f"{_DAYS}, ",
    counted=_COUNT_DAYS,
    scope=" AND day = ANY(%s::date[])",
)
# Ends are computed beforehand here and below: what is computed while rows are compared is no condition for an index
# under row-level security, because arithmetic on dates can fail and so is not leakproof.
_MONTHS = """months AS MATERIALIZED (
    SELECT m.month, (m.month + interval '1 month')::date AS after
    FROM (SELECT DISTINCT date_trunc('month', d.day)::date AS month FROM unnest(%s::date[]) AS d (day)) m
), """
REPLACE_MONTHS = _replace(
    "monthly_rollups",
    ("month", "category", "severity"),
    FIGURES,
    given=_MONTHS,
    counted=f"""
    SELECT m.month, d.category, d.severity, {_summed(FIGURES)}
    FROM months m JOIN daily_rollups d
        ON d.tenant_id = %s AND d.day >= m.month AND d.day < m.after
    GROUP BY m.month, d.category, d.severity""",
    scope=" AND month IN (SELECT month FROM months)",
)
REPLACE_OPEN_ISSUES = _replace(
    "issue_counts",
    ("status", "category", "severity"),
    ("issues",),
    given="",
    counted=f"""
    SELECT s.status, m.category, m.severity, sum(s.issues)::bigint AS issues
    FROM monthly_rollups m CROSS JOIN LATERAL
        (VALUES {", ".join(f"('{status}', m.now_{status})" for status in OPEN_STATUSES)}) AS s (status, issues)
    WHERE m.tenant_id = %s AND s.issues > 0 GROUP BY s.status, m.category, m.severity""",
    scope="",
)
# The span of days is found at the months' ends; the 90 days end with the last day on which a promise was decided.
TOTALS = f"""
WITH ends AS (
    SELECT min(month) AS first_month, max(month) AS last_month,
        max(month) FILTER (WHERE response_met + response_missed + resolution_met + resolution_missed > 0) AS decided
    FROM monthly_rollups WHERE tenant_id = %s
), latest AS MATERIALIZED (
    SELECT max(d.day) AS day, max(d.day) - {SCORE_DAYS} AS before
    FROM ends e JOIN daily_rollups d ON d.tenant_id = %s AND d.day >= e.decided
    WHERE d.response_met + d.response_missed + d.resolution_met + d.resolution_missed > 0
), lately AS (
    SELECT coalesce(sum(d.response_met), 0) AS response_met, coalesce(sum(d.response_missed), 0) AS response_missed,
        coalesce(sum(d.resolution_met), 0) AS resolution_met, coalesce(sum(d.resolution_missed), 0) AS resolution_missed
    FROM latest l JOIN daily_rollups d ON d.tenant_id = %s AND d.day > l.before AND d.day <= l.day
)
SELECT (SELECT min(d.day) FROM daily_rollups d WHERE d.tenant_id = %s AND d.day >= e.first_month),
    (SELECT max(d.day) FROM daily_rollups d WHERE d.tenant_id = %s AND d.day >= e.last_month),
    l.response_met, l.response_missed, l.resolution_met, l.resolution_missed,
    sum(m.reports_received), sum(m.issues_opened),
    sum(m.now_open + m.now_acknowledged + m.now_in_progress + m.now_on_hold), sum(m.issues_resolved),
    {", ".join(f"sum(m.{name})::bigint" for name in _PROMISES)}
FROM ends e CROSS JOIN lately l JOIN monthly_rollups m ON m.tenant_id = %s
GROUP BY e.first_month, e.last_month, l.response_met, l.response_missed, l.resolution_met, l.resolution_missed
"""
_SCORE_FIGURES = (
    "first_day",
    "last_day",
    "reports",
    "issues",
    "open_issues",
    "resolved_issues",
    *_PROMISES,
    "score",
)
KEEP_SCORE = f"""
INSERT INTO tenant_scores (tenant_id, created_at, refreshed_at, {", ".join(_SCORE_FIGURES)})
VALUES (%s, now(), %s{", %s" * len(_SCORE_FIGURES)})
ON CONFLICT (tenant_id) DO UPDATE SET refreshed_at = EXCLUDED.refreshed_at,
    {", ".join(f"{name} = EXCLUDED.{name}" for name in _SCORE_FIGURES)}
RETURNING id
"""
TAKE_MARKS = """
WITH taken AS (
    DELETE FROM rollup_marks WHERE tenant_id = %s AND id <= (
        SELECT max(first.id) FROM (SELECT id FROM rollup_marks WHERE tenant_id = %s ORDER BY id LIMIT %s) AS first)
    RETURNING day
)
SELECT DISTINCT day FROM taken ORDER BY day
"""
# Each end is one probe of an index; rollups kept so far count too, so that one left without rows is emptied.
SPAN = """
SELECT (least(reports.low, issues.low, resolved.low, metrics.low) AT TIME ZONE t.timezone)::date,
    (greatest(reports.high, issues.high, resolved.high, metrics.high) AT TIME ZONE t.timezone)::date,
    (SELECT min(day) FROM daily_rollups WHERE tenant_id = t.id),
    (SELECT max(day) FROM daily_rollups WHERE tenant_id = t.id),
    (SELECT min(month) FROM monthly_rollups WHERE tenant_id = t.id),
    (SELECT max(month) FROM monthly_rollups WHERE tenant_id = t.id)
FROM tenants t,
    (SELECT min(received_at) AS low, max(received_at) AS high FROM reports WHERE tenant_id = %s) AS reports,
    (SELECT min(first_report_at) AS low, max(first_report_at) AS high FROM issues WHERE tenant_id = %s) AS issues,
    (SELECT min(resolved_at) AS low, max(resolved_at) AS high FROM issues WHERE tenant_id = %s) AS resolved,
    (SELECT min(started_at) AS low, max(started_at) AS high FROM sla_metrics WHERE tenant_id = %s) AS metrics
WHERE t.id = %s
"""
