"""The admin's theme: titles, colours and the sidebar."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _link(title: Any, icon: str, name: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(name)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "apps.staff.titles.site_title",
    "SITE_HEADER": "apps.staff.titles.site_title",
    "SITE_SUBHEADER": "Wardline",
    "SITE_SYMBOL": "location_city",
    "SITE_URL": "/dashboard/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("wardline/admin.css")],
    "BORDER_RADIUS": "6px",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Work"),
                "items": [
                    _link(_("Dashboard"), "monitoring", "dashboards:home"),
                    _link(_("Issues"), "assignment", "admin:issues_issue_changelist"),
                    _link(_("Reports"), "campaign", "admin:reports_report_changelist"),
                    _link(_("Comments"), "chat", "admin:issues_comment_changelist"),
                ],
            },
            {
                "title": _("Service levels"),
                "collapsible": True,
                "items": [
                    _link(_("SLA metrics"), "timer", "admin:sla_slametric_changelist"),
                    _link(_("Clocks"), "hourglass_top", "admin:sla_slaclock_changelist"),
                    _link(_("Policies"), "gavel", "admin:sla_slapolicy_changelist"),
                    _link(_("Calendars"), "calendar_month", "admin:sla_businesscalendar_changelist"),
                ],
            },
            {
                "title": _("Decisions"),
                "collapsible": True,
                "items": [
                    _link(_("Classifications"), "label", "admin:triage_classification_changelist"),
                    _link(_("Triage calls"), "smart_toy", "admin:triage_classificationbatch_changelist"),
                    _link(_("Placements"), "hub", "admin:grouping_placement_changelist"),
                ],
            },
            {
                "title": _("City"),
                "collapsible": True,
                "items": [
                    _link(_("Change city"), "swap_horiz", "staff:switch_tenant"),
                    _link(_("Services"), "category", "admin:reports_service_changelist"),
                    _link(_("Departments"), "groups", "admin:issues_department_changelist"),
                    _link(_("People"), "person", "admin:tenants_user_changelist"),
                    _link(_("Memberships"), "badge", "admin:tenants_membership_changelist"),
                    _link(_("API keys"), "key", "admin:tenants_apikey_changelist"),
                    _link(_("City settings"), "tune", "admin:tenants_tenant_changelist"),
                    _link(_("Configuration"), "settings", "admin:tenants_tenantconfiguration_changelist"),
                ],
            },
        ],
    },
}
