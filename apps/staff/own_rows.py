"""Rows that name the tenant but stand outside row-level security: signing in has to find them first."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from apps.staff.base import StaffAdmin
from apps.tenants.models import Role


class OwnRowsAdmin(StaffAdmin):
    """An admin for administrators whose queryset itself keeps to the active tenant, by `tenant_path`."""

    may_view = Role.ADMINISTRATOR
    may_change: ClassVar[Role | None] = Role.ADMINISTRATOR
    tenant_path = "tenant"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Offer one way to save: what follows may be a secret to read, not another form."""
        once = {"show_save_and_add_another": False, "show_save_and_continue": False, **(extra_context or {})}
        answer: HttpResponse = super().add_view(request, form_url, once)
        return answer

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of the active tenant."""
        tenant = getattr(request, "tenant", None)
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.filter(**{self.tenant_path: tenant.pk}) if tenant is not None else queryset.none()
