"""What the dashboard's template draws: figures in words and shapes."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.dashboards.charts import Span, flow_chart, line_chart, share_of, spans
from apps.dashboards.windows import WINDOWS, wanted_days
from apps.insights.selectors import Dashboard, cached_dashboard
from apps.issues.models import OPEN_STATUSES, Category, IssueStatus, Severity
from apps.tenants.models import Tenant
from apps.tenants.selectors import local_now


def dashboard_context(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the active tenant's dashboard for `?days=`; only `tenant: None` where there is none.

    Queries: none when the figures are in the cache, else those of insights.selectors.dashboard.
    """
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None:
        return {"tenant": None}
    days = wanted_days(request.GET.get("days", ""))
    figures = cached_dashboard(tenant.pk, days=days)
    last_day = date.fromisoformat(figures["last_day"])
    return {
        "tenant": tenant,
        "figures": figures,
        "days": days,
        "windows": WINDOWS,
        "first_day": date.fromisoformat(figures["first_day"]),
        "last_day": last_day,
        # insights draws an archive up to its own end, not up to today.
        "archive": last_day < local_now(tenant).date(),
        "refreshed_at": datetime.fromisoformat(figures["refreshed_at"]) if figures["refreshed_at"] else None,
        "in_window": {
            name: sum(point[name] for point in figures["flow"]) for name in ("reports", "opened", "resolved")
        },
        "points": [point | {"date": date.fromisoformat(point["day"])} for point in reversed(figures["flow"])],
        "categories": _lines(figures["by_category"], "category", dict(Category.choices)),
        "severities": _lines(figures["by_severity"], "severity", dict(Severity.choices)),
        "statuses": _statuses(figures["by_status"]),
        **_charts(figures),
    }


def _charts(figures: Dashboard) -> dict[str, Any]:
    monthly = figures["step"] == "month"
    drawn = spans([dict(point) for point in figures["flow"]], monthly=monthly)
    weekly = not monthly and len(drawn) < len(figures["flow"])

    def say(day: date) -> str:
        return date_format(day, "M Y" if monthly else "j M")

    def when(span: Span) -> str:
        if monthly:
            return date_format(span.first, "F Y")
        first = date_format(span.first, "j M Y")
        return first if span.first == span.last else f"{first} – {date_format(span.last, 'j M Y')}"

    def came_and_went(span: Span) -> str:
        return _("%(when)s: %(opened)s opened, %(resolved)s resolved") % (vars(span) | {"when": when(span)})

    def was_open(span: Span) -> str:
        return _("%(when)s: %(open)s open") % (vars(span) | {"when": when(span)})

    return {
        "step": "month" if monthly else "week" if weekly else "day",
        "flow": flow_chart(drawn, say=say, title=came_and_went),
        "open_line": line_chart(drawn, say=say, title=was_open),
    }


def _lines(lines: list[dict[str, Any]], key: str, labels: dict[str, Any]) -> list[dict[str, Any]]:
    """Add to each line its name in the reader's language (the cache keeps the first reader's) and its bar's length."""
    largest = max([0, *(line["open"] for line in lines)])
    return [
        line | {"word": line[key], "name": labels[line[key]], "length": share_of(line["open"], largest)}
        for line in lines
    ]


def _statuses(counts: dict[str, int]) -> list[dict[str, Any]]:
    largest = max([0, *counts.values()])
    return [
        {
            "word": status.value,
            "name": IssueStatus(status.value).label,
            "open": count,
            "length": share_of(count, largest),
        }
        for status in OPEN_STATUSES
        for count in (counts.get(status.value, 0),)
    ]
