"""Activate the tenant of a signed-in member of staff for the length of the request.

API keys and public pages choose their tenant themselves (rest, portal, open311).
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.tenants import selectors
from apps.tenants.rules import TENANT_SESSION_KEY
from apps.tenants.scoping import tenant_scope


class TenantMiddleware:
    """Put `request.tenant`, `request.tenant_role` and `request.tenants` there and run the request in that scope.

    Queries: one for the person's tenants and roles, for signed-in staff only; none for anybody else.
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
        places = selectors.workplaces_of(request.user)
        request.tenants = [place.tenant for place in places]  # type: ignore[attr-defined]
        place = chosen_place(request, places)
        if place is None:
            return self.get_response(request)
        request.tenant, request.tenant_role = place.tenant, place.role  # type: ignore[attr-defined]
        with tenant_scope(place.tenant.pk):
            return self.get_response(request)


def chosen_place(request: HttpRequest, places: list[selectors.Workplace]) -> selectors.Workplace | None:
    """Return the workplace chosen in the switcher when the person may still work there, else the first."""
    wanted = request.session.get(TENANT_SESSION_KEY)
    first = places[0] if places else None
    return next((place for place in places if place.tenant.pk == wanted), first)
