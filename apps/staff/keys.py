"""The city's API keys."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.core import clock
from apps.staff.base import may, tenant_of
from apps.staff.columns import moment_column, shown
from apps.staff.own_rows import OwnRowsAdmin
from apps.staff.shown_once import shown_once
from apps.tenants.models import ApiKey, Role, Scope, default_scopes
from apps.tenants.services import issue_api_key, revoke_api_key

STATE_COLOURS = {"active": "success", "expired": "warning", "revoked": "danger"}


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new key's name, scopes and limits."""

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        initial=default_scopes,
        label=_("May"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = ApiKey
        fields: ClassVar[list[str]] = ["name", "scopes", "requests_per_minute", "expires_at"]

    def clean_requests_per_minute(self) -> int | None:
        """Refuse a key that could never be used."""
        limit: int | None = self.cleaned_data["requests_per_minute"]
        if limit == 0:
            raise forms.ValidationError(_("At least 1, or empty for the general limit."))
        return limit

    def clean_expires_at(self) -> Any:
        """Refuse a moment that has passed."""
        moment = self.cleaned_data["expires_at"]
        if moment is not None and moment <= clock.now():
            raise forms.ValidationError(_("This moment has passed."))
        return moment


@admin.register(ApiKey)
class ApiKeyAdmin(OwnRowsAdmin):
    """The tenant's keys. A key is not edited: it is revoked, and another is made; its text is shown once."""

    form = ApiKeyForm
    may_add = Role.ADMINISTRATOR
    may_change = None
    list_display = ("name", "shown_prefix", "shown_scopes", "state", "expires", "created")
    search_fields = ("name", "prefix")
    ordering = ("-created_at",)
    actions = ("revoke",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "shown_prefix", "shown_scopes"),
                    ("requests_per_minute", "standing"),
                    ("created_at", "expires_at", "revoked_at"),
                )
            },
        ),
    )
    add_fieldsets = ((None, {"fields": ("name", "scopes", "requests_per_minute", "expires_at")}),)

    expires = moment_column("expires_at", _("expires"))
    created = moment_column("created_at", _("created"))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Let administrators stop keys."""
        return may(request, Role.ADMINISTRATOR)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Show everything of a key that exists."""
        return ("shown_prefix", "shown_scopes", "standing", "created_at", "revoked_at") if obj else ()

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key."""
        values = form.cleaned_data
        issued = issue_api_key(
            tenant=tenant_of(request),
            name=values["name"],
            scopes=tuple(values["scopes"]),
            expires_at=values["expires_at"],
            requests_per_minute=values["requests_per_minute"],
        )
        obj.pk = issued.api_key.pk
        request.issued_text = issued.text  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the key's text, this once."""
        return shown_once(
            request,
            title=_("Key “%(name)s”") % {"name": obj.name},
            secret=request.issued_text,  # type: ignore[attr-defined]
            advice=_(
                "Copy the key now: it is not kept and will not be shown again. A lost key is revoked and replaced."
            ),
            back=reverse("admin:tenants_apikey_changelist"),
        )

    @admin.action(description=_("Revoke the chosen keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Stop keys from working."""
        working = list(queryset.filter(revoked_at__isnull=True))
        for api_key in working:
            revoke_api_key(api_key=api_key, now=clock.now())
        count = len(working)
        text = ngettext("%(count)d key works no longer.", "%(count)d keys work no longer.", count)
        messages.success(request, text % {"count": count})

    @shown(_("begins with"))
    def shown_prefix(self, api_key: ApiKey) -> str:
        """Return what tells one key from another."""
        return f"wl_{api_key.prefix}_…"

    @shown(_("may"))
    def shown_scopes(self, api_key: ApiKey) -> str:
        """Return the scopes in words."""
        return ", ".join(str(Scope(scope).label) for scope in api_key.scopes)

    @shown(_("state"))
    def standing(self, api_key: ApiKey) -> str:
        """Return whether the key works, in a word."""
        return self.state(api_key)[1]

    @shown(_("state"), label=STATE_COLOURS)
    def state(self, api_key: ApiKey) -> tuple[str, str]:
        """Return whether the key works."""
        if api_key.revoked_at is not None:
            return "revoked", gettext("revoked")
        if api_key.expires_at is not None and api_key.expires_at <= clock.now():
            return "expired", gettext("expired")
        return "active", gettext("active")
