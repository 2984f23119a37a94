"""The figures counted a second time, row by row in Python, from the raw rows alone."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.insights.models import DailyRollup, IssueCount, MonthlyRollup, TenantScore
from apps.issues.models import Issue
from apps.reports.models import Report
from apps.sla.models import SLAMetric
from apps.tenants.models import Tenant

OPEN = ("open", "acknowledged", "in_progress", "on_hold")
METRICS = ("response", "resolution")
_NOT_FIGURES = {"id", "tenant", "created_at", "refreshed_at"}
_SUMS = ("promised", *(f"{m}_{n}" for m in METRICS for n in ("met", "missed", "pending", "stopped", "seconds")))
Figures = dict[tuple[Any, ...], dict[str, Any]]


def _kept(model: Any, *keys: str) -> Figures:
    names = [field.name for field in model._meta.concrete_fields if field.name not in _NOT_FIGURES]
    return {
        tuple(row[key] for key in keys): {name: value for name, value in row.items() if name not in keys}
        for row in model.objects.values(*names)
    }


def kept_figures() -> dict[str, Figures]:
    """Everything that the tables computed ahead hold of the active tenant, but ids and times of writing."""
    return {
        "days": _kept(DailyRollup, "day", "category", "severity"),
        "months": _kept(MonthlyRollup, "month", "category", "severity"),
        "open": _kept(IssueCount, "status", "category", "severity"),
        "totals": _kept(TenantScore),
    }


def true_figures(tenant: Tenant) -> dict[str, Figures]:
    """What those tables should hold."""
    days = _days(ZoneInfo(tenant.timezone))
    return {
        "days": days,
        "months": _summed(days, lambda key: (key[0].replace(day=1), *key[1:])),
        "open": _open(days),
        "totals": {(): _totals(days)} if days else {},
    }


def _days(zone: ZoneInfo) -> Figures:
    names = ("reports_received", "issues_opened", "issues_resolved", *(f"now_{status}" for status in OPEN), *_SUMS)
    days: Figures = defaultdict(lambda: dict.fromkeys(names, 0))

    def row(at: Any, thing: Any) -> dict[str, int]:
        return days[at.astimezone(zone).date(), thing.category, thing.severity]

    for report in Report.objects.all():
        row(report.received_at, report)["reports_received"] += 1
    for issue in Issue.objects.filter(merged_into__isnull=True):
        row(issue.first_report_at, issue)["issues_opened"] += 1
        if issue.status in OPEN:
            row(issue.first_report_at, issue)[f"now_{issue.status}"] += 1
        if issue.resolved_at:
            row(issue.resolved_at, issue)["issues_resolved"] += 1
    for metric in SLAMetric.objects.all():
        promise = row(metric.started_at, metric)
        promise["promised"] += 1
        for name in METRICS:
            seconds = getattr(metric, f"{name}_seconds")
            promise[f"{name}_{getattr(metric, f'{name}_outcome')}"] += 1
            promise[f"{name}_stopped"] += seconds is not None
            promise[f"{name}_seconds"] += seconds or 0
    return dict(days)


def _summed(rows: Figures, key_of: Any) -> Figures:
    sums: Figures = {}
    for key, figures in rows.items():
        into = sums.setdefault(key_of(key), dict.fromkeys(figures, 0))
        for name, value in figures.items():
            into[name] += value
    return sums


def _open(days: Figures) -> Figures:
    counts: Figures = defaultdict(lambda: {"issues": 0})
    for (_, category, severity), figures in days.items():
        for status in OPEN:
            if figures[f"now_{status}"]:
                counts[status, category, severity]["issues"] += figures[f"now_{status}"]
    return dict(counts)


def _totals(days: Figures) -> dict[str, Any]:
    (total,) = _summed(days, lambda key: ()).values()
    decided = [
        day for (day, *_), row in days.items() if any(row[f"{m}_{o}"] for m in METRICS for o in ("met", "missed"))
    ]
    from_day = max(decided, default=date.min + timedelta(days=90)) - timedelta(days=90)
    lately = [row for (day, *_), row in days.items() if from_day < day <= max(decided, default=date.min)]
    return {
        "first_day": min(day for day, *_ in days),
        "last_day": max(day for day, *_ in days),
        "reports": total["reports_received"],
        "issues": total["issues_opened"],
        "open_issues": sum(total[f"now_{status}"] for status in OPEN),
        "resolved_issues": total["issues_resolved"],
        **{name: total[name] for name in _SUMS},
        "score": _score(*({o: sum(row[f"{m}_{o}"] for row in lately) for o in ("met", "missed")} for m in METRICS)),
    }


def _score(*metrics: dict[str, int]) -> float | None:
    parts = [
        (each["met"] / (each["met"] + each["missed"]), weight)
        for each, weight in zip(metrics, (0.4, 0.6), strict=True)
        if each["met"] + each["missed"]
    ]
    return round(100 * sum(s * w for s, w in parts) / sum(w for _, w in parts), 1) if parts else None
