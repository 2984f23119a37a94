"""Where every URL goes. The tenants' public pages come last: their slugs may not be any first segment above."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

handler400 = "apps.rest.handlers.bad_request"
handler404 = "apps.rest.handlers.page_not_found"
handler500 = "apps.rest.handlers.server_error"

urlpatterns: list[URLPattern | URLResolver] = []
for prefix, module in (
    ("admin/", "apps.staff.urls"),
    ("", "apps.observability.urls"),
    ("", "apps.rest.urls"),
    ("", "apps.dashboards.urls"),
    ("", "apps.portal.urls"),
):
    if find_spec(module.rpartition(".")[0]) and find_spec(module):
        urlpatterns.append(path(prefix, include(module)))
