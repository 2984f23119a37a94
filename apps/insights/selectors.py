"""The figures that dashboards draw, read from the tables computed ahead and never from raw rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypedDict

from django.utils.translation import get_language

from apps.core import clock
from apps.core.cache import tagged_get_or_set
from apps.core.postgresql.prepared import prepared_rows
from apps.insights import rules, tags
from apps.insights.figures import NOTHING, Figures, Sums, read_figures
from apps.insights.models import TenantScore
from apps.issues.models import OPEN_STATUSES, Category, Severity
from apps.tenants.scoping import require_tenant_id

ALL_DAYS = 0
_OPEN = tuple(status.value for status in OPEN_STATUSES)
# Zones lie whole quarters of an hour apart from UTC, so that a day begins with one everywhere.
_QUARTER_SECONDS = 900


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


@dataclass(frozen=True, slots=True)
class MetricFigures:
    """How one metric's promises went: counts of issues, and the mean seconds (as the targets count) to the stop."""

    met: int
    missed: int
    pending: int
    mean_seconds: float | None

    @property
    def share(self) -> float | None:
        """Return the share met of those decided, 0 to 1; None when none is."""
        return rules.attainment(self.met, self.missed)


@dataclass(frozen=True, slots=True)
class SLAFigures:
    """A tenant's promises as last counted: issues with one, first response and resolution."""

    issues: int
    response: MetricFigures
    resolution: MetricFigures


def dashboard(tenant_id: int, *, days: int = 30, now: datetime | None = None) -> Dashboard:
    """Return a tenant's figures for the last days, ALL_DAYS for its whole history.

    Queries: one over pre-computed rows, whatever the number of reports. `behind` says that a recount was due when
    this was read; the window ends with the data when the data ended before it began. Errors: LookupError for a tenant
    that is not there.
    """
    found = read_figures(tenant_id, days=days, now=now or clock.now())
    return {
        "tenant": found.tenant,
        "first_day": found.first.isoformat(),
        "last_day": found.last.isoformat(),
        "step": "month" if found.monthly else "day",
        "totals": found.totals,
        "score": found.score,
        "flow": _flow(found),
        "response": _attainment(*_sum_of(found.severities, 3, 4)),
        "resolution": _attainment(*_sum_of(found.severities, 5, 6)),
        "by_status": {word: found.open_by_status[word] for word in _OPEN if word in found.open_by_status},
        "by_category": _lines("category", found.categories, found.open_by_category),
        "by_severity": _lines("severity", found.severities, found.open_by_severity),
        "refreshed_at": found.refreshed_at.isoformat() if found.refreshed_at else None,
        "behind": found.behind,
    }


def _flow(found: Figures) -> list[FlowPoint]:
    """Return the chart's points; what is open at the end of the last is what is open in all, and back from there."""
    sums = [(day, found.points.get(day, NOTHING)) for day in found.days()]
    flowed = sum(each[1] - each[2] for _, each in sums)
    still_open = found.totals["issues"] - found.totals["resolved_issues"] - found.later - flowed
    points: list[FlowPoint] = []
    for day, (received, opened, resolved, *_) in sums:
        still_open += opened - resolved
        points.append({"day": day, "reports": received, "opened": opened, "resolved": resolved, "open": still_open})
    return points


def _sum_of(window: Mapping[str, Sums], *positions: int) -> list[int]:
    return [sum(sums[position] for sums in window.values()) for position in positions]


def _attainment(met: int, missed: int) -> Attainment:
    return {"met": met, "missed": missed, "share": rules.attainment(met, missed)}


@lru_cache(maxsize=64)
def _words(key: str, language: str | None) -> list[tuple[str, str]]:
    """Return a dimension's words and what the active language, which is `language`, calls them."""
    choices = {"category": Category, "severity": Severity}[key].choices
    return [(word, str(label)) for word, label in choices]


def _lines(key: str, window: Mapping[str, Sums], still_open: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return a line for each word of a dimension: what is open now, what came and went, promises kept in the window."""
    return [
        {
            key: word,
            "label": label,
            "open": still_open.get(word, 0),
            "reports": sums[0],
            "opened": sums[1],
            "resolved": sums[2],
            "response": _attainment(sums[3], sums[4]),
            "resolution": _attainment(sums[5], sums[6]),
        }
        for word, label in _words(key, get_language())
        for sums in (window.get(word, NOTHING),)
    ]


def dashboard_key(*, days: int, now: datetime) -> str:
    """Return what tells one cached dashboard of a tenant from another: its window, and when that moves on.

    The window moves at the tenant's midnight, wherever that is: some quarter of an hour of UTC begins with it.
    """
    return f"{days}:{int(now.timestamp()) // _QUARTER_SECONDS}"


def cached_dashboard(tenant_id: int, *, days: int = 30) -> Dashboard:
    """Return dashboard() from the cache; a refresh of the figures makes the entry invalid. No query on a hit."""
    now = clock.now()
    return tagged_get_or_set(
        key=f"dashboard:{{{tenant_id}}}:{dashboard_key(days=days, now=now)}",
        tags=[tags.dashboard(tenant_id)],
        kind="statistics",
        compute=lambda: dashboard(tenant_id, days=days, now=now),
    )


def open_issues() -> int:
    """Return the active tenant's number of issues that still need work, as last counted. One row of one table."""
    rows = prepared_rows("SELECT open_issues FROM tenant_scores WHERE tenant_id = %s", [require_tenant_id()])
    return rows[0][0] if rows else 0


_PROMISES = "promised, " + ", ".join(
    f"{metric}_{name}"
    for metric in ("response", "resolution")
    for name in ("met", "missed", "pending", "stopped", "seconds")
)
_PROMISES_OF_SEVERITY = (
    f"SELECT {', '.join(f'coalesce(sum({name}), 0)::bigint' for name in _PROMISES.split(', '))} "
    "FROM monthly_rollups WHERE tenant_id = %s AND severity = %s"
)


def sla_attainment(*, severity: str | None = None) -> SLAFigures:
    """Return how the active tenant's promises went, as last counted.

    One row of one table; for a severity the rows of its months.
    """
    tenant_id = require_tenant_id()
    if severity:
        rows = prepared_rows(_PROMISES_OF_SEVERITY, [tenant_id, severity])
    else:
        rows = prepared_rows(f"SELECT {_PROMISES} FROM tenant_scores WHERE tenant_id = %s", [tenant_id])
    issues, *numbers = rows[0] if rows else (0,) * 11
    return SLAFigures(issues, _metric(*numbers[:5]), _metric(*numbers[5:]))


def _metric(met: int, missed: int, pending: int, stopped: int, seconds: int) -> MetricFigures:
    return MetricFigures(met, missed, pending, seconds / stopped if stopped else None)


def scores() -> list[TenantScore]:
    """Return the active tenant's score, in a list for those who show many. One query."""
    return list(TenantScore.objects.all())
