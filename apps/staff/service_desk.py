"""The services that a city offers to report."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter

from apps.core.events import publish
from apps.reports.events import ServicesChanged
from apps.reports.models import Service
from apps.staff.base import NamedRowForm, TenantAdmin
from apps.staff.filters import by_choice
from apps.tenants.models import Role


class ServiceForm(NamedRowForm):
    """A service; its attributes are an Open311 service definition."""

    unique_field = "code"

    class Meta:
        model = Service
        fields: ClassVar[list[str]] = [
            *("code", "name", "description", "group", "category", "default_severity", "keywords", "attributes"),
            "is_active",
        ]

    def clean_attributes(self) -> Any:
        """Refuse what is no list of attributes, each an object with a code."""
        attributes = self.cleaned_data["attributes"] or []
        if not isinstance(attributes, list):
            raise forms.ValidationError(_('This must be a list, such as [{"code": "SIZE", "datatype": "string"}].'))
        for position, attribute in enumerate(attributes, start=1):
            if not isinstance(attribute, dict) or not isinstance(attribute.get("code"), str) or not attribute["code"]:
                message = _("Entry %(position)d must be an object with a “code”.")
                raise forms.ValidationError(message, params={"position": position})
        return attributes


@admin.register(Service)
class ServiceAdmin(TenantAdmin):
    """What the tenant offers to report. A service is retired, never deleted: reports name it."""

    form = ServiceForm
    may_change = Role.MANAGER
    may_add = Role.MANAGER
    list_display = ("name", "code", "group", "category", "default_severity", "is_active")
    list_filter = (*by_choice("category"), ("is_active", BooleanRadioFilter))
    search_fields = ("name", "code")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": (("name", "code"), "description", "is_active")}),
        (_("How its reports are treated"), {"fields": (("category", "default_severity"), "keywords")}),
        (_("For apps"), {"fields": ("group", "attributes")}),
    )

    def save_model(self, request: HttpRequest, obj: Service, form: Any, change: bool) -> None:
        """Save the service and tell those who show services."""
        super().save_model(request, obj, form, change)
        publish(ServicesChanged(tenant_id=obj.tenant_id))
