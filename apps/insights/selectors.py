"""The figures that dashboards draw, read from the tables computed ahead and never from raw rows."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Sum

from apps.core import clock
from apps.core.cache import tagged_get_or_set
from apps.insights import rules, tags
from apps.insights.models import DailyRollup, IssueCount, RollupMark, TenantScore
from apps.issues.models import Category, Severity
from apps.tenants.models import Tenant

_FLOWS = ("reports_received", "issues_opened", "issues_resolved")
_OUTCOMES = ("response_met", "response_missed", "resolution_met", "resolution_missed")
ALL_DAYS = 0


class FlowPoint(TypedDict):
    """One day (or month) of the inflow and outflow chart; `open` is the number of open issues at its end."""

    day: str
    reports: int
    opened: int
    resolved: int
    open: int


class Attainment(TypedDict):
    """Promises kept and broken; `share` is 0 to 1, None when nothing was due."""

    met: int
    missed: int
    share: float | None


class Dashboard(TypedDict):
    """Everything that the staff's dashboard draws."""

    tenant: str
    first_day: str
    last_day: str
    step: str
    totals: dict[str, int]
    score: float | None
    flow: list[FlowPoint]
    response: Attainment
    resolution: Attainment
    by_status: dict[str, int]
    by_category: list[dict[str, Any]]
    by_severity: list[dict[str, Any]]
    refreshed_at: str | None
    behind: bool


def dashboard(tenant_id: int, *, days: int = 30, now: datetime | None = None) -> Dashboard:
    """Return a tenant's figures for the last days, ALL_DAYS for its whole history.

    Queries: six small ones over pre-computed rows, whatever the number of reports. `behind` says that a recount is
    due; the window ends with the data when the data ended long ago (rules.window).
    """
    tenant = Tenant.objects.get(pk=tenant_id)
    today = (now or clock.now()).astimezone(ZoneInfo(tenant.timezone)).date()
    score = TenantScore.objects.first()
    first_day, last_day = _window(days, today)
    monthly = (last_day - first_day).days >= rules.MONTHLY_FROM_DAYS
    rows: list[Any] = list(
        DailyRollup.objects.filter(day__range=(first_day, last_day))
        .values("day", "category", "severity")
        .annotate(**{name: Sum(name) for name in (*_FLOWS, *_OUTCOMES)})
        .order_by("day")
    )
    counts: list[Any] = list(IssueCount.objects.values("status", "category", "severity", "issues"))
    return {
        "tenant": tenant.slug,
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
        "step": "month" if monthly else "day",
        "totals": _totals(score),
        "score": score.score if score else None,
        "flow": _flow(rows, first_day, last_day, monthly=monthly),
        "response": _attainment(rows, "response"),
        "resolution": _attainment(rows, "resolution"),
        "by_status": _sum_by(counts, "status"),
        "by_category": _by(rows, counts, "category"),
        "by_severity": _by(rows, counts, "severity"),
        "refreshed_at": score.refreshed_at.isoformat() if score else None,
        "behind": RollupMark.objects.exists(),
    }


def _window(days: int, today: date) -> tuple[date, date]:
    ends = DailyRollup.objects.order_by("day").values_list("day", flat=True)
    last = DailyRollup.objects.aggregate(last=Max("day"))["last"]
    if days == ALL_DAYS:
        return ends.first() or today, max(today, last) if last and (today - last).days < 31 else last or today
    return rules.window(days=days, today=today, last_day=last)


def _totals(score: TenantScore | None) -> dict[str, int]:
    names = ("reports", "issues", "open_issues", "resolved_issues", *_OUTCOMES)
    return {name: getattr(score, name) if score else 0 for name in names}


def _flow(rows: list[dict[str, Any]], first_day: date, last_day: date, *, monthly: bool) -> list[FlowPoint]:
    """Sum the rows into points; the number open at the end of each counts on from all that came before."""
    before = DailyRollup.objects.filter(day__lt=first_day).aggregate(
        open=Sum(F("issues_opened") - F("issues_resolved"))
    )["open"]
    sums: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    for ordinal in range(first_day.toordinal(), last_day.toordinal() + 1):
        _ = sums[rules.bucket(date.fromordinal(ordinal), monthly=monthly)]
    for row in rows:
        point = sums[rules.bucket(row["day"], monthly=monthly)]
        for position, name in enumerate(_FLOWS):
            point[position] += row[name]
    points: list[FlowPoint] = []
    still_open = before or 0
    for day, (received, opened, resolved) in sorted(sums.items()):
        still_open += opened - resolved
        points.append(
            {"day": day.isoformat(), "reports": received, "opened": opened, "resolved": resolved, "open": still_open}
        )
    return points


def _attainment(rows: list[dict[str, Any]], kind: str) -> Attainment:
    met = sum(row[f"{kind}_met"] for row in rows)
    missed = sum(row[f"{kind}_missed"] for row in rows)
    return {"met": met, "missed": missed, "share": rules.attainment(met, missed)}


def _sum_by(rows: list[dict[str, Any]], key: str) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row[key]] += row["issues"]
    return dict(sums)


def _by(rows: list[dict[str, Any]], counts: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Return a line for each word of a dimension: what is open now, what came and went, promises kept in the window."""
    labels = {"category": Category.choices, "severity": Severity.choices}[key]
    still_open = _sum_by(counts, key)
    lines = []
    for word, label in labels:
        own = [row for row in rows if row[key] == word]
        lines.append(
            {
                key: word,
                "label": str(label),
                "open": still_open.get(word, 0),
                "reports": sum(row["reports_received"] for row in own),
                "opened": sum(row["issues_opened"] for row in own),
                "resolved": sum(row["issues_resolved"] for row in own),
                "response": _attainment(own, "response"),
                "resolution": _attainment(own, "resolution"),
            }
        )
    return lines


def scores() -> list[TenantScore]:
    """Return the active tenant's score, in a list for those who show many. One query."""
    return list(TenantScore.objects.all())


def cached_dashboard(tenant_id: int, *, days: int = 30) -> Dashboard:
    """Return dashboard() from the cache; a refresh of the figures makes the entry invalid. No query on a hit."""
    return tagged_get_or_set(
        key=f"dashboard:{tenant_id}:{days}:{clock.now():%Y%m%d%H}",
        tags=[tags.dashboard(tenant_id)],
        kind="statistics",
        compute=lambda: dashboard(tenant_id, days=days),
    )
