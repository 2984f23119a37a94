"""/api/v1/departments/"""

from typing import ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view

from apps.issues.models import Department
from apps.rest.departments.serializers import DepartmentSerializer
from apps.rest.views import TenantViewSet


@extend_schema_view(
    list=extend_schema(summary="List departments", description="The tenant's departments, by name."),
    retrieve=extend_schema(summary="Read a department"),
)
class DepartmentViewSet(TenantViewSet):
    """Departments: who issues are given to. Not cached: nobody announces a change, and the table is small."""

    model = Department
    serializer_class = DepartmentSerializer
    lookup_value_converter = "int"
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {"name": ("name",), "-name": ("-name",)}
