"""What every admin page shares: the active tenant's rows only, and what a role may do with them."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from apps.staff.counting import CappedPaginator, SearchPaginator
from apps.staff.depth import Depth, Narrowing, depth_of, narrowings, rows_to_look_through
from apps.tenants.models import Role, Tenant, TenantModel, User
from apps.tenants.scoping import require_tenant_id
from apps.tenants.selectors import role_allows

PAGE_SIZE = 50


def may(request: HttpRequest, needed: Role) -> bool:
    """Tell whether the person's role in the active tenant includes another; never without a tenant."""
    role = getattr(request, "tenant_role", None)
    return role is not None and role_allows(role, needed)


def tenant_of(request: HttpRequest) -> Tenant:
    """Return the active tenant; refuses a request without one."""
    tenant = getattr(request, "tenant", None)
    if not isinstance(tenant, Tenant):
        raise PermissionDenied
    return tenant


def person_of(request: HttpRequest) -> User:
    """Return the signed-in person; refuses a request without one."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


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


class StaffChangeList(ChangeList):  # type: ignore[misc]
    """A list that costs the same whatever the city has, and says how far it looked (depth.py)."""

    depth: Depth | None = None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Return the rows asked for, of the newest ones where no index leads to them. One query for how far that is."""
        queryset: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        newest_by = self.model_admin.newest_by
        if newest_by is None or (self.query and self.model_admin.searches_by_index):
            return queryset
        narrowed = narrowings(self, request)
        if self.query:
            narrowed.append(Narrowing("text", lambda rows: rows))
        ordering: Any = queryset.query.order_by
        look_through = rows_to_look_through(narrowed, ordering, model=self.model, newest_by=newest_by)
        if look_through is not None:
            self.depth = depth_of(self.root_queryset, narrowed, newest_by=newest_by, look_through=look_through)
        return queryset if self.depth is None else queryset.filter(**{f"{newest_by}__gte": self.depth.bound})

    def get_results(self, request: HttpRequest) -> None:
        """Read the page; an unfiltered list is the full one, which saves counting it again."""
        super().get_results(request)
        if not self.multi_page:
            # Nothing counted is nothing to be looked for a second time.
            self.result_list = self.paginator.page(1).object_list if self.result_count else self.queryset.none()
        # "Show all" is offered only where something is hidden.
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class StaffAdmin(TenantRights, ModelAdmin):  # type: ignore[misc]
    """How every list and form of ours looks and counts."""

    # The date, or the id, by which a table that grows without end is listed, the newest first (depth.py).
    newest_by: ClassVar[str | None] = None
    # Whether get_search_results finds its few rows by an index.
    searches_by_index: ClassVar[bool] = False
    paginator = CappedPaginator
    list_per_page = PAGE_SIZE
    list_max_show_all = PAGE_SIZE
    # A second count over the whole table, for a number nobody reads.
    show_full_result_count = False
    # "Show counts" would count the whole table once for every choice of every filter.
    show_facets = ShowFacets.NEVER
    list_filter_submit = True
    # Labels stand above their fields: beside them they leave three to a line no room.
    compressed_fields = False
    warn_unsaved_form = True

    def get_paginator(self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, **options: Any) -> Any:
        """Return the pages of the list, or of what a search found."""
        searched = self.searches_by_index and request.GET.get(SEARCH_VAR, "").strip()
        return (SearchPaginator if searched else self.paginator)(queryset, per_page, **options)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list of ours."""
        return StaffChangeList

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave out the buttons that add and edit related rows in a pop-up: they have pages of their own."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            wrapper = field.widget
            wrapper.can_add_related = wrapper.can_change_related = False
            wrapper.can_delete_related = wrapper.can_view_related = False
        return field


class TenantAdmin(StaffAdmin):
    """An admin of rows that belong to one tenant; without an active tenant it shows nothing.

    Foreign-key choices and autocomplete come from the related admin's queryset, which is scoped the same way.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the active tenant's rows."""
        if getattr(request, "tenant", None) is None:
            nothing: QuerySet[Any] = self.model._base_manager.none()
            return nothing
        queryset: QuerySet[Any] = self.model.objects.all()
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
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

    may_view: ClassVar[Role] = Role.VIEWER
    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is changed here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted here; Django's own answer would read its permission tables, which are not used."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Show the rows to the roles that may see them."""
        return may(request, self.may_view)


class NamedRowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form of a row that one tenant may have only once by some field.

    Django leaves constraints with the tenant unchecked, for no form shows the tenant; the database would refuse.
    """

    unique_field: ClassVar[str]

    def clean(self) -> dict[str, Any]:
        """Refuse what the tenant already has."""
        cleaned: dict[str, Any] = super().clean() or {}
        value = cleaned.get(self.unique_field)
        others = self._meta.model.objects.filter(tenant_id=require_tenant_id(), **{self.unique_field: value})
        if value is not None and others.exclude(pk=self.instance.pk).exists():
            self.add_error(self.unique_field, _("Taken: there is another of that in this city."))
        return cleaned
