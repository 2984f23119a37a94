"""The admin's theme: titles, colours and the sidebar."""

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

# Dates as any city reads them; Django's own English is American.
FORMAT_MODULE_PATH = ["apps.staff.formats"]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "apps.staff.titles.site_title",
    "SITE_HEADER": "apps.staff.titles.site_title",
    "SITE_SUBHEADER": "Wardline",
    "SITE_SYMBOL": "location_city",
    # No "view site": the account menu names the dashboard.
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("wardline/icon.svg")},
    ],
    "DASHBOARD_CALLBACK": "apps.dashboards.views.admin_index",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("wardline/admin.css")],
    "BORDER_RADIUS": "6px",
    "ACCOUNT": {
        "navigation": [
            {"title": _("Dashboard"), "link": "/dashboard/"},
            {"title": _("Change password"), "link": "/admin/password_change/"},
        ]
    },
    # A calm blue (CSS oklch); red, orange and green keep their meaning for clocks and severities.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        }
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "apps.staff.sidebar.navigation",
    },
}
