"""What staff pages need around them: the city's clock, and for the admin the security policy of its theme."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.staff.sidebar import ADMIN_URL, DASHBOARD_URL


class StaffPagesMiddleware:
    """Show times of staff pages in the active tenant's zone, and give the admin a content security policy of its own.

    Stands after TenantMiddleware, which says whose zone it is. APIs are left alone: they speak UTC. Queries: none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith((ADMIN_URL, DASHBOARD_URL)):
            return self.get_response(request)
        tenant = getattr(request, "tenant", None)
        with timezone.override(ZoneInfo(tenant.timezone) if tenant is not None else None):
            response = self.get_response(request)
        if request.path.startswith(ADMIN_URL):
            # Read by django-csp, which writes the header further out. Alpine evaluates the theme's attributes.
            response._csp_replace = settings.CONTENT_SECURITY_POLICY_ADMIN  # type: ignore[attr-defined]
        return response
