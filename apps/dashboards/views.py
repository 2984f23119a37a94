"""The staff's dashboard, drawn from figures computed ahead: a page of its own, and the admin's front page."""

from typing import Any

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.dashboards.drawing import dashboard_context


@staff_member_required
def home(request: HttpRequest) -> HttpResponse:
    """Show the active city's figures for `?days=` 30, 90, 365 or 0 (all), 30 for anything else; 403 without one."""
    context = dashboard_context(request)
    return render(request, "dashboards/home.html", context, status=200 if context["tenant"] else 403)


def admin_index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the same figures to the context of the admin's front page (UNFOLD["DASHBOARD_CALLBACK"])."""
    return context | dashboard_context(request)
