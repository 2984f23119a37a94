"""Activate the tenant of a signed-in member of staff for the length of the request.

API keys and public pages choose their tenant themselves (rest, portal, open311).
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.tenants import selectors
from apps.tenants.models import Tenant
from apps.tenants.rules import TENANT_SESSION_KEY
from apps.tenants.scoping import tenant_scope


class TenantMiddleware:
    """Put `request.tenant`, `request.tenant_role` and `request.tenants` there and run the request in that scope.

    Queries: one for the person's tenants and one for the role, for signed-in staff only; none for anybody else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.tenant = None  # type: ignore[attr-defined]
        request.tenant_role = None  # type: ignore[attr-defined]
        request.tenants = []  # type: ignore[attr-defined]
        # A request with a key never reads the session: the key alone says whose rows it sees.
        if "HTTP_AUTHORIZATION" in request.META or not request.user.is_authenticated:
            return self.get_response(request)
        tenants = selectors.tenants_of(request.user)
        tenant = chosen_tenant(request, tenants)
        request.tenants = tenants  # type: ignore[attr-defined]
        if tenant is None:
            return self.get_response(request)
        request.tenant = tenant  # type: ignore[attr-defined]
        request.tenant_role = selectors.role_in(request.user, tenant.pk)  # type: ignore[attr-defined]
        with tenant_scope(tenant.pk):
            return self.get_response(request)


def chosen_tenant(request: HttpRequest, tenants: list[Tenant]) -> Tenant | None:
    """Return the tenant chosen in the switcher when the person may work there, else the first."""
    wanted = request.session.get(TENANT_SESSION_KEY)
    by_id = {tenant.pk: tenant for tenant in tenants}
    return (by_id.get(wanted) if isinstance(wanted, int) else None) or (tenants[0] if tenants else None)
