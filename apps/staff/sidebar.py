"""The sidebar: what a person's role may see, in the order of a working day."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.grouping.models import Placement
from apps.insights.models import DailyRollup, TenantScore
from apps.issues.models import Comment, Department, Issue
from apps.reports.models import Report, Service
from apps.sla.models import BusinessCalendar, SLAClock, SLAMetric, SLAPolicy
from apps.staff.base import may
from apps.staff.operations import PAGES, may_operate
from apps.tenants.models import ApiKey, Membership, Role, Tenant, TenantConfiguration, User
from apps.triage.models import Classification, ClassificationBatch

ADMIN_URL = "/admin/"
DASHBOARD_URL = "/dashboard/"  # a fixed address of the product, as /admin/ is

GROUPS: list[tuple[Any, list[tuple[Any, str, Any]]]] = [
    (
        _("Work"),
        [
            (_("Issues"), "assignment", Issue),
            (_("Reports"), "campaign", Report),
            (_("Comments"), "chat", Comment),
        ],
    ),
    (
        _("Service levels"),
        [
            (_("SLA by issue"), "timer", SLAMetric),
            (_("Clocks"), "hourglass_top", SLAClock),
            (_("Policies"), "gavel", SLAPolicy),
            (_("Calendars"), "calendar_month", BusinessCalendar),
        ],
    ),
    (
        _("Decisions"),
        [
            (_("Classifications"), "label", Classification),
            (_("Triage runs"), "smart_toy", ClassificationBatch),
            (_("Placements"), "hub", Placement),
        ],
    ),
    (
        _("Figures"),
        [
            (_("Days"), "bar_chart", DailyRollup),
            (_("Score"), "speed", TenantScore),
        ],
    ),
    (
        _("City"),
        [
            (_("Services"), "category", Service),
            (_("Departments"), "groups", Department),
            (_("People"), "person", User),
            (_("Roles"), "badge", Membership),
            (_("API keys"), "key", ApiKey),
            (_("City settings"), "tune", Tenant),
            (_("Configuration"), "settings", TenantConfiguration),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the theme's description of the sidebar, without what the person may not see. No queries."""
    groups = [
        {"title": title, "collapsible": False, "items": [_link(*item) for item in items if _may_see(request, item[2])]}
        for title, items in GROUPS
    ]
    if may(request, Role.VIEWER):
        groups[0]["items"].insert(0, {"title": _("Dashboard"), "icon": "monitoring", "link": DASHBOARD_URL})
    if len(getattr(request, "tenants", [])) != 1:
        switch = {"title": _("Change city"), "icon": "swap_horiz", "link": reverse("staff:switch_tenant")}
        groups[-1]["items"].insert(0, switch)
    if may_operate(request):
        pages = [
            {"title": title, "icon": icon, "link": reverse(f"staff:operations_{name}")}
            for title, icon, name, _view in PAGES
        ]
        groups.append({"title": _("Operations"), "collapsible": False, "items": pages})
    return [group for group in groups if group["items"]]


def _may_see(request: HttpRequest, model: Any) -> bool:
    return bool(admin.site.get_model_admin(model).has_view_permission(request))


def _link(title: Any, icon: str, model: Any) -> dict[str, Any]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return {"title": title, "icon": icon, "link": reverse(name)}
