"""Tenants, people and keys: what administrators look after. These tables stand outside row-level security, so every
queryset here narrows itself to the active tenant."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from apps.core import clock
from apps.staff.base import TenantAdmin, TenantRights
from apps.tenants.models import ApiKey, Membership, Role, Tenant, TenantConfiguration, User
from apps.tenants.services import issue_api_key, revoke_api_key

admin.site.unregister(Group)


class OwnRowsAdmin(TenantRights, ModelAdmin):  # type: ignore[misc]
    """An admin of rows that name the tenant without being under its row-level security."""

    may_view = Role.ADMINISTRATOR
    may_change = Role.ADMINISTRATOR
    show_full_result_count = False
    list_per_page = 50
    tenant_path = "tenant"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of the active tenant."""
        tenant = getattr(request, "tenant", None)
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.filter(**{self.tenant_path: tenant}) if tenant is not None else queryset.none()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the active tenant only."""
        if db_field.related_model is Tenant:
            kwargs["queryset"] = Tenant.objects.filter(pk=request.tenant.pk)  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Tenant)
class TenantSettingsAdmin(OwnRowsAdmin):
    """The active tenant's own entry."""

    tenant_path = "pk"
    list_display = ("name", "slug", "timezone", "language", "is_active")
    fields = ("name", "slug", "timezone", "language", "lat", "lng", "is_active")
    readonly_fields = ("slug", "is_active")
    search_fields = ("name", "slug")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the active tenant."""
        tenant = getattr(request, "tenant", None)
        return Tenant.objects.filter(pk=tenant.pk if tenant else None)


@admin.register(TenantConfiguration)
class TenantConfigurationAdmin(TenantAdmin):
    """The tenant's choices."""

    may_view = Role.ADMINISTRATOR
    may_change = Role.ADMINISTRATOR
    list_display = ("tenant", "updated_at")
    list_select_related = ("tenant",)
    fields = ("document",)
    ordering = ("id",)


@admin.register(Membership)
class MembershipAdmin(OwnRowsAdmin):
    """Who works in the tenant, and as what."""

    may_add = Role.ADMINISTRATOR
    may_delete = Role.ADMINISTRATOR
    list_display = ("user", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    autocomplete_fields = ("user",)
    fields = ("user", "role")
    ordering = ("user__email",)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Keep the membership in the active tenant."""
        obj.tenant = request.tenant  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)


@admin.register(User)
class UserAdmin(OwnRowsAdmin):
    """The people of the tenant."""

    tenant_path = "memberships__tenant"
    list_display = ("email", "name", "is_active", "last_login")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "last_login")
    readonly_fields = ("last_login",)
    ordering = ("email",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators edit people of their tenant, but a superuser only if they are one."""
        allowed = super().has_change_permission(request, obj)
        return allowed and not (obj is not None and obj.is_superuser and not request.user.is_superuser)  # type: ignore[union-attr]


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new key's name, scopes and limits."""

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "requests_per_minute", "expires_at")


@admin.register(ApiKey)
class ApiKeyAdmin(OwnRowsAdmin):
    """The tenant's keys; a key's text is shown once, when it is made."""

    form = ApiKeyForm
    may_add = Role.ADMINISTRATOR
    list_display = ("name", "prefix", "scopes", "expires_at", "revoked_at", "created_at")
    ordering = ("-created_at",)
    actions = ("revoke",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A key is not edited: it is revoked, and another is made."""
        return ("name", "prefix", "scopes", "requests_per_minute", "expires_at", "revoked_at") if obj else ()

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key and show its text once."""
        if change:
            return
        values = form.cleaned_data
        issued = issue_api_key(
            tenant=request.tenant,  # type: ignore[attr-defined]
            name=values["name"],
            scopes=tuple(values["scopes"]),
            expires_at=values["expires_at"],
            requests_per_minute=values["requests_per_minute"],
        )
        obj.pk = issued.api_key.pk
        messages.success(request, _("The key, shown only now: %(key)s") % {"key": issued.text})

    @admin.action(description=_("Revoke the chosen keys"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Stop keys from working."""
        for api_key in queryset:
            revoke_api_key(api_key=api_key, now=clock.now())
