"""The active city's own entry and its choices."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget

from apps.staff.base import TenantAdmin
from apps.staff.columns import moment_column
from apps.staff.own_rows import OwnRowsAdmin
from apps.tenants.models import Role, Tenant, TenantConfiguration

SECTIONS = ("triage", "grouping", "privacy", "limits", "branding")


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A city's name, language and centre."""

    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"), widget=UnfoldAdminSelect2Widget)

    class Meta:
        model = Tenant
        fields: ClassVar[list[str]] = ["name", "language", "lat", "lng"]

    def clean(self) -> dict[str, Any]:
        """Refuse half a place, and one that is not on Earth."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name, limit in (("lat", 90), ("lng", 180)):
            value = cleaned.get(name)
            if value is not None and not -limit <= value <= limit:
                self.add_error(name, _("Must be between -%(limit)d and %(limit)d.") % {"limit": limit})
        if not self.errors and (cleaned.get("lat") is None) != (cleaned.get("lng") is None):
            self.add_error("lng", _("Latitude and longitude go together."))
        return cleaned


@admin.register(Tenant)
class TenantSettingsAdmin(OwnRowsAdmin):
    """The active tenant's own entry.

    Its slug is in addresses that others keep, its time zone decides on which day everything so far was counted: neither
    is changed by a form.
    """

    form = TenantForm
    tenant_path = "pk"
    list_display = ("name", "slug", "timezone", "language", "is_active")
    fields = (("name", "language"), ("lat", "lng"), ("slug", "timezone", "is_active"))
    readonly_fields = ("slug", "timezone", "is_active")
    ordering = ("name",)


class ConfigurationForm(forms.ModelForm):  # type: ignore[type-arg]
    """The city's JSON document."""

    class Meta:
        model = TenantConfiguration
        fields: ClassVar[list[str]] = ["document"]

    def clean_document(self) -> dict[str, Any]:
        """Refuse what is no object of known sections, naming the section."""
        document = self.cleaned_data["document"] or {}
        if not isinstance(document, dict):
            raise forms.ValidationError(_("This must be an object, such as {}."))
        for name, section in document.items():
            if name not in SECTIONS:
                message = _("“%(name)s” is none of the sections %(sections)s.")
                raise forms.ValidationError(message, params={"name": name[:40], "sections": ", ".join(SECTIONS)})
            if not isinstance(section, dict):
                raise forms.ValidationError(_("The section “%(name)s” must be an object."), params={"name": name})
        return document


@admin.register(TenantConfiguration)
class TenantConfigurationAdmin(TenantAdmin):
    """The tenant's choices."""

    form = ConfigurationForm
    may_view = Role.ADMINISTRATOR
    may_change = Role.ADMINISTRATOR
    list_display = ("tenant", "updated")
    list_select_related = ("tenant",)
    fields = ("document", "updated_at")
    readonly_fields = ("updated_at",)
    ordering = ("id",)

    updated = moment_column("updated_at", _("updated"))
