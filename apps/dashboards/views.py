"""The staff's dashboard, drawn from figures computed ahead."""

from typing import Any

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from apps.dashboards.charts import flow_chart, line_chart, share_of
from apps.insights.selectors import ALL_DAYS, cached_dashboard
from apps.issues.models import IssueStatus

WINDOWS = ((30, _("30 days")), (90, _("90 days")), (365, _("a year")), (ALL_DAYS, _("everything")))
DEFAULT_DAYS = 30


@staff_member_required(login_url="admin:login")
def home(request: HttpRequest) -> HttpResponse:
    """Show the active city's figures for `?days=` 30, 90, 365 or 0 (everything); another number means 30."""
    tenant = request.tenant  # type: ignore[attr-defined]
    if tenant is None:
        return render(request, "dashboards/no_city.html", status=403)
    days = wanted_days(request.GET.get("days", ""))
    figures = cached_dashboard(tenant.pk, days=days)
    context = {"tenant": tenant, "figures": figures, "days": days, "windows": WINDOWS, **drawn(dict(figures))}
    return render(request, "dashboards/home.html", context)


def wanted_days(text: str) -> int:
    """Return the window asked for, the default for anything that is not offered."""
    return next((days for days, _label in WINDOWS if text == str(days)), DEFAULT_DAYS)


def drawn(figures: dict[str, Any]) -> dict[str, Any]:
    """Return what the template draws: charts, and bars as shares of the longest."""
    monthly = figures["step"] == "month"
    flow = figures["flow"]
    return {
        "monthly": monthly,
        "flow": flow_chart(flow, monthly=monthly),
        "open_line": line_chart(flow, "open", monthly=monthly),
        "in_window": {name: sum(point[name] for point in flow) for name in ("reports", "opened", "resolved")},
        "categories": _with_shares(figures["by_category"]),
        "severities": _with_shares(figures["by_severity"]),
        "statuses": _statuses(figures["by_status"]),
    }


def _with_shares(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    largest = max([0, *(line["open"] for line in lines)])
    return [line | {"length": share_of(line["open"], largest)} for line in lines]


def _statuses(counts: dict[str, int]) -> list[dict[str, Any]]:
    largest = max([0, *counts.values()])
    return [
        {"status": status.value, "label": status.label, "open": count, "length": share_of(count, largest)}
        for status in IssueStatus
        if (count := counts.get(status.value, 0)) or status == IssueStatus.OPEN
    ]
