"""/api/v1/dashboard/"""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import clock
from apps.insights import tags
from apps.insights.selectors import ALL_DAYS, dashboard, dashboard_key
from apps.rest.caching import cached_answer
from apps.rest.dashboard.serializers import DashboardSerializer
from apps.rest.principals import principal_of
from apps.rest.views import ScopedView

DEFAULT_DAYS = 30
# Ten years: beyond it `all` says the same.
MOST_DAYS = 3_660


class DashboardView(ScopedView):
    """The tenant's figures, from the tables computed ahead."""

    @extend_schema(
        responses=DashboardSerializer,
        parameters=[OpenApiParameter("days", OpenApiTypes.STR, description=f"1 to {MOST_DAYS}, or all; default 30.")],
        summary="Read the dashboard's figures",
    )
    def get(self, request: Request) -> Response:
        """Answer the figures of the last days."""
        days = days_of(request.query_params.get("days", str(DEFAULT_DAYS)))
        tenant_id = principal_of(request).tenant_id
        now = clock.now()
        figures = cached_answer(
            tenant_id=tenant_id,
            name="dashboard",
            query=dashboard_key(days=days, now=now),
            tags=[tags.dashboard(tenant_id)],
            kind="statistics",
            compute=lambda: dashboard(tenant_id, days=days, now=now),
        )
        return Response(figures)


def days_of(text: str) -> int:
    """Return the window that `days=` asks for. Errors: ValidationError."""
    if text == "all":
        return ALL_DAYS
    days = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError({"days": f"must be a whole number from 1 to {MOST_DAYS}, or all"})
    return days
