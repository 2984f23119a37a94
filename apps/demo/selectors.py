"""How well triage and grouping did against the truth, and what the raw rows say of the dashboard's figures."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.demo.models import DemoCity

# Rows are few words long on purpose: each statement scans one tenant once.
_TRIAGE = """
SELECT count(*), count(*) FILTER (WHERE r.category = t.category), count(*) FILTER (WHERE r.severity = t.severity)
FROM demo_truths t JOIN reports r ON r.tenant_id = t.tenant_id AND r.id = t.report_id
WHERE t.tenant_id = %(tenant)s AND NOT t.vague AND r.triage_state = 'done'
"""
_GROUPING = """
WITH placed AS (
    SELECT t.problem, r.issue_id, count(*) AS reports
    FROM demo_truths t JOIN reports r ON r.tenant_id = t.tenant_id AND r.id = t.report_id
    WHERE t.tenant_id = %(tenant)s AND r.issue_id IS NOT NULL GROUP BY t.problem, r.issue_id
), problems AS (SELECT sum(reports) AS reports FROM placed GROUP BY problem),
issues AS (SELECT sum(reports) AS reports FROM placed GROUP BY issue_id)
SELECT (SELECT coalesce(sum(reports * (reports - 1) / 2), 0) FROM placed),
       (SELECT coalesce(sum(reports * (reports - 1) / 2), 0) FROM issues),
       (SELECT coalesce(sum(reports * (reports - 1) / 2), 0) FROM problems),
       (SELECT count(*) FROM issues), (SELECT count(*) FROM problems)
"""
_STAGES = """
SELECT (SELECT count(*) FROM reports WHERE tenant_id = %(tenant)s AND triage_state <> 'done'),
       (SELECT count(*) FROM reports WHERE tenant_id = %(tenant)s AND issue_id IS NULL),
       (SELECT count(*) FROM issues i WHERE i.tenant_id = %(tenant)s AND i.merged_into_id IS NULL AND NOT EXISTS (
            SELECT FROM sla_metrics m WHERE m.tenant_id = i.tenant_id AND m.issue_id = i.id)),
       (SELECT count(*) FROM rollup_marks WHERE tenant_id = %(tenant)s)
"""
_COUNTS = """
SELECT (SELECT count(*) FROM reports WHERE tenant_id = %(tenant)s) AS reports,
       (SELECT count(*) FROM reports
        WHERE tenant_id = %(tenant)s AND triage_state = 'done' AND category <> '' AND severity <> '') AS classified,
       (SELECT count(*) FROM issues WHERE tenant_id = %(tenant)s) AS issues,
       (SELECT count(*) FROM placements WHERE tenant_id = %(tenant)s) AS placements,
       (SELECT count(*) FROM sla_metrics WHERE tenant_id = %(tenant)s) AS sla_metrics,
       (SELECT count(DISTINCT day) FROM daily_rollups WHERE tenant_id = %(tenant)s) AS rollup_days
"""
# From the raw rows alone, written without a look at how the rollups are counted: what the dashboard has to equal.
_RAW_TOTALS = """
SELECT (SELECT count(*) FROM reports WHERE tenant_id = %(tenant)s) AS reports,
       count(*) AS issues,
       count(*) FILTER (WHERE i.status NOT IN ('resolved', 'closed')) AS open_issues,
       count(i.resolved_at) AS resolved_issues,
       count(*) FILTER (WHERE m.response_outcome = 'met') AS response_met,
       count(*) FILTER (WHERE m.response_outcome = 'missed') AS response_missed,
       count(*) FILTER (WHERE m.resolution_outcome = 'met') AS resolution_met,
       count(*) FILTER (WHERE m.resolution_outcome = 'missed') AS resolution_missed
FROM issues i LEFT JOIN sla_metrics m ON m.tenant_id = i.tenant_id AND m.issue_id = i.id
WHERE i.tenant_id = %(tenant)s AND i.merged_into_id IS NULL
"""


@dataclass(frozen=True)
class TriageAccuracy:
    """Shares (0 to 1) of reports whose category and severity are the truth's; vague texts are left out."""

    reports: int
    category: float
    severity: float


@dataclass(frozen=True)
class GroupingQuality:
    """Pairs of reports: `precision` of those put together that belong together, `recall` of those that belong."""

    precision: float
    recall: float
    pairs: int
    issues: int
    problems: int


@dataclass(frozen=True)
class Waiting:
    """What each stage still has to do: reports, reports, issues, marks of days."""

    triage: int
    grouping: int
    clocks: int
    rollups: int


def triage_accuracy(*, tenant_id: int) -> TriageAccuracy:
    """Compare triage's answers with the truth. One query that reads all of the tenant's reports."""
    reports, category, severity = _rows(_TRIAGE, tenant_id)[0]
    return TriageAccuracy(reports, _share(category, reports), _share(severity, reports))


def grouping_quality(*, tenant_id: int) -> GroupingQuality:
    """Compare issues with the problems that they stand for. One query that reads all of the tenant's reports."""
    right, together, belonging, issues, problems = _rows(_GROUPING, tenant_id)[0]
    return GroupingQuality(
        precision=_share(right, together),
        recall=_share(right, belonging),
        pairs=int(belonging),
        issues=issues,
        problems=problems,
    )


def waiting_work(*, tenant_id: int) -> Waiting:
    """Count what the stages of the main job have not done yet. One query."""
    return Waiting(*_rows(_STAGES, tenant_id)[0])


def stage_counts(*, tenant_id: int) -> dict[str, int]:
    """Count what each stage of the main job has made, by the names of the summary. One query."""
    return _named_row(_COUNTS, tenant_id)


def raw_totals(*, tenant_id: int) -> dict[str, int]:
    """Count from the raw rows what the dashboard's totals say, under the same names. One query."""
    return _named_row(_RAW_TOTALS, tenant_id)


def demo_city() -> DemoCity | None:
    """Return what the active tenant is made of, None for a real one. One query."""
    return DemoCity.objects.select_related("tenant").first()


def _rows(sql: str, tenant_id: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenant_id})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _named_row(sql: str, tenant_id: int) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenant_id})
        names = [column[0] for column in cursor.description]
        row: tuple[int, ...] = cursor.fetchone()
    return dict(zip(names, row, strict=True))


def _share(part: int, whole: int) -> float:
    return round(float(part) / float(whole), 4) if whole else 0.0
