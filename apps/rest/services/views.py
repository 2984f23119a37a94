"""/api/v1/services/"""

from typing import ClassVar

from django_filters import BooleanFilter, CharFilter, ChoiceFilter, FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view

from apps.issues.models import Category
from apps.reports import tags
from apps.reports.models import Service
from apps.rest.services.serializers import ServiceSerializer
from apps.rest.views import TenantViewSet


class ServiceFilters(FilterSet):  # type: ignore[misc]
    """What services can be narrowed by."""

    category = ChoiceFilter(choices=Category.choices)
    group = CharFilter(max_length=200)
    is_active = BooleanFilter()

    class Meta:
        model = Service
        fields: list[str] = []


@extend_schema_view(
    list=extend_schema(summary="List services", description="The types of report that the tenant offers, by code."),
    retrieve=extend_schema(summary="Read a service", description="One service, by its code."),
)
class ServiceViewSet(TenantViewSet):
    """Services: what a report can be about."""

    model = Service
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilters
    lookup_field = "code"
    # Codes come from other systems too, and may hold slashes.
    lookup_value_converter = "path"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"code": ("code",), "-code": ("-code",)}
    list_tags = (tags.services,)
    list_kind = "metadata"
