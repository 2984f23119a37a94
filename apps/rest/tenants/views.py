"""/api/v1/tenants/"""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view

from apps.rest.tenants.serializers import TenantSerializer
from apps.rest.views import TenantViewSet
from apps.tenants.models import Tenant


@extend_schema_view(
    list=extend_schema(summary="List your tenants", description="A key's tenant, or those that a person works for."),
    retrieve=extend_schema(summary="Read one of your tenants", description="By its slug."),
)
class TenantsViewSet(TenantViewSet):
    """The caller's own tenants."""

    model = Tenant
    serializer_class = TenantSerializer
    lookup_field = "slug"
    lookup_value_converter = "str"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"slug": ("slug",), "-slug": ("-slug",)}

    def rows(self) -> QuerySet[Tenant]:
        """Return what the caller may see: tenants stand outside row-level security, so this is the only guard."""
        own = [tenant.pk for tenant in getattr(self.request, "tenants", [])]
        allowed = own if self.principal.user else [self.principal.tenant_id]
        return Tenant.objects.filter(pk__in=allowed)
