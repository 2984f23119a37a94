"""Choose the city to work in."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.tenants.models import Tenant
from apps.tenants.services import choose_tenant


@require_http_methods(["GET", "POST"])
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """List the person's cities; POST `tenant` (a slug) makes one of them the active one."""
    tenants: list[Tenant] = request.tenants  # type: ignore[attr-defined]
    if request.method == "POST":
        chosen = next((tenant for tenant in tenants if tenant.slug == request.POST.get("tenant")), None)
        if chosen is None:
            raise Http404
        choose_tenant(session=request.session, tenant=chosen)
        return redirect("admin:index")
    context = admin.site.each_context(request) | {"title": _("Change city"), "tenants": tenants}
    return TemplateResponse(request, "staff/switch_tenant.html", context)
