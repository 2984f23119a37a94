"""What every admin page shares: the active tenant's rows only, and what a role may do with them."""

from typing import Any, ClassVar

from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from apps.tenants.models import Role, TenantModel
from apps.tenants.selectors import role_allows

PAGE_SIZE = 50


def may(request: HttpRequest, needed: Role) -> bool:
    """Tell whether the person's role in the active tenant includes another; never without a tenant."""
    role = getattr(request, "tenant_role", None)
    return role is not None and role_allows(role, needed)


class TenantRights:
    """Rights by role: who may look, change, add and delete. Nothing of it comes from Django's permission tables."""

    may_view: ClassVar[Role] = Role.VIEWER
    may_change: ClassVar[Role | None] = Role.AGENT
    may_add: ClassVar[Role | None] = None
    may_delete: ClassVar[Role | None] = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app to those who may look."""
        return may(request, self.may_view)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let the role look at the tenant's own rows."""
        return may(request, self.may_view) and self._is_own(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let the role change the tenant's own rows."""
        return self.may_change is not None and may(request, self.may_change) and self._is_own(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let the role add rows."""
        return self.may_add is not None and may(request, self.may_add)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let the role delete the tenant's own rows."""
        return self.may_delete is not None and may(request, self.may_delete) and self._is_own(request, obj)

    def _is_own(self, request: HttpRequest, obj: Any) -> bool:
        tenant = getattr(request, "tenant", None)
        return obj is None or (tenant is not None and getattr(obj, "tenant_id", tenant.pk) == tenant.pk)


class TenantAdmin(TenantRights, ModelAdmin):  # type: ignore[misc]
    """An admin of rows that belong to one tenant; without an active tenant it shows nothing.

    Foreign-key choices and autocomplete come from the related admin's queryset, which is scoped the same way.
    """

    list_per_page = PAGE_SIZE
    list_max_show_all = PAGE_SIZE
    # A second count over the whole table, for a number nobody reads.
    show_full_result_count = False
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the active tenant's rows."""
        if getattr(request, "tenant", None) is None:
            return self.model._base_manager.none()
        queryset: QuerySet[Any] = self.model.objects.all()
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Field | Any:
        """Offer the active tenant's rows only."""
        related = db_field.related_model
        if isinstance(related, type) and issubclass(related, TenantModel):
            kwargs.setdefault("queryset", related.objects.all())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyTenantAdmin(TenantAdmin):
    """An admin of rows that the machinery writes and people only read."""

    may_change = None


class ReadOnlyInline(TabularInline):  # type: ignore[misc]
    """Rows shown under another row, not to be edited there."""

    extra = 0
    can_delete = False
    show_change_link = False
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is changed here."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever sees the row above sees these."""
        return may(request, Role.VIEWER)
