"""Django looks here for every ModelAdmin."""

from django.contrib import admin

from apps.staff import cities, clocks, decisions, figures, issue_desk, issues, keys, people, reports, service_desk

__all__ = [
    "cities",
    "clocks",
    "decisions",
    "figures",
    "issue_desk",
    "issues",
    "keys",
    "people",
    "reports",
    "service_desk",
]

# Other packages' pages know no tenants: groups, sign-in failures. Whoever wants one here writes it on StaffAdmin.
for foreign in [model for model in admin.site._registry if not model.__module__.startswith("apps.")]:
    admin.site.unregister(foreign)
