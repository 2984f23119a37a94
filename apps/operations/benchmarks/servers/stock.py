"""The list of reports as Django REST framework's tutorial would write it: what many projects have.

ModelViewSet, ModelSerializer, the key looked up in the database on each request, pages by number with their count.
The same fields and the same rows as the product's list, which the benchmark checks before it measures.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.viewsets import ModelViewSet

from apps.core import clock
from apps.reports.models import Report
from apps.tenants.errors import InvalidApiKey
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import Caller, caller_of_key, forget_callers


class KeyInDatabase(BaseAuthentication):
    """DRF's TokenAuthentication with our table of keys: one query a request."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller]:
        """Return the key's caller. Errors: AuthenticationFailed."""
        forget_callers()
        try:
            text = get_authorization_header(request).split()[1].decode()
            return AnonymousUser(), caller_of_key(text, now=clock.now())
        except (IndexError, InvalidApiKey) as error:
            raise AuthenticationFailed(str(error)) from None


class HasKey(BasePermission):
    """Whoever has a key may read."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the request came with a key."""
        return isinstance(request.auth, Caller)


class StockReportSerializer(serializers.ModelSerializer[Report]):
    """The fields of the product's list."""

    service_code = serializers.CharField(source="service.code", default=None, allow_null=True)
    issue = serializers.IntegerField(source="issue.number", default=None, allow_null=True)

    class Meta:
        model = Report
        fields = (
            "public_id status category severity service_code issue channel description lat lng address "
            "received_at closed_at updated_at"
        ).split()


class FiftyRows(PageNumberPagination):
    """Pages as long as the product's."""

    page_size = 50


class StockReports(ModelViewSet[Report]):
    """Reports of the key's tenant, newest first."""

    authentication_classes = (KeyInDatabase,)
    permission_classes = (HasKey,)
    pagination_class = FiftyRows
    serializer_class = StockReportSerializer

    def get_queryset(self) -> QuerySet[Report]:
        """Return the tenant's reports with what the serializer reads."""
        found: QuerySet[Report] = Report.objects.select_related("service", "issue").order_by("-received_at", "-id")
        return found

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer a page; row-level security asks for a tenant, as everywhere."""
        assert isinstance(request.auth, Caller)
        with tenant_scope(request.auth.tenant_id):
            return super().list(request, *args, **kwargs)


router = DefaultRouter()
router.register("api/v1/reports", StockReports, basename="report")
urlpatterns = router.urls
