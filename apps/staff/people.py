"""The people of the city: invited by e-mail, given a role, kept out when they leave."""

import secrets
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.staff.base import may, tenant_of
from apps.staff.columns import label_column, moment_column, shown
from apps.staff.drawing import NOTHING
from apps.staff.filters import by_choice
from apps.staff.invitation_form import InvitationForm
from apps.staff.own_rows import OwnRowsAdmin
from apps.staff.shown_once import shown_once
from apps.tenants.models import Membership, Role, User
from apps.tenants.services import create_user, edit_user, grant_membership, set_password

ROLE_COLOURS = {"viewer": "", "agent": "info", "manager": "primary", "administrator": "warning"}
FIRST_PASSWORD_BYTES = 12  # 96 random bits, 16 characters: to be changed at the first visit
HISTORY_LINES = 100


@admin.register(Membership)
class MembershipAdmin(OwnRowsAdmin):
    """Who works in the tenant, and as what. Administrators cannot demote or remove themselves: one always stays."""

    may_delete = Role.ADMINISTRATOR
    list_display = ("user", "shown_role", "since")
    list_filter = by_choice("role")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    fields = ("user", "role")
    readonly_fields = ("user",)
    ordering = ("user__email",)

    shown_role = label_column("role", _("role"), ROLE_COLOURS)
    since = moment_column("created_at", _("since"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators change the roles of others."""
        return super().has_change_permission(request, obj) and not _is_oneself(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators take the roles of others away."""
        return super().has_delete_permission(request, obj) and not _is_oneself(request, obj)


def _is_oneself(request: HttpRequest, membership: Membership | None) -> bool:
    return membership is not None and membership.user_id == request.user.pk


@admin.register(User)
class UserAdmin(OwnRowsAdmin):
    """The people of the tenant.

    An account is one person's, wherever they work: an administrator edits it only while it belongs to this city alone,
    for with the e-mail address goes the way into every other city.
    """

    tenant_path = "memberships__tenant"
    may_add = Role.ADMINISTRATOR
    list_display = ("email", "name", "role", "is_active", "last_seen")
    search_fields = ("email", "name")
    fields = (("email", "name"), "is_active", "last_login")
    add_fieldsets = ((None, {"fields": ("email", "name", "role")}),)
    readonly_fields = ("last_login",)
    ordering = ("email",)
    actions = ("give_password",)

    last_seen = moment_column("last_login", _("last sign-in"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the tenant's people with their role here. One further query for the roles."""
        here = Membership.objects.filter(tenant=getattr(request, "tenant", None))
        return super().get_queryset(request).prefetch_related(Prefetch("memberships", here, to_attr="here"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A new person is invited."""
        if obj is None:
            kwargs["form"] = InvitationForm
        return super().get_form(request, obj, change=change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators edit the accounts that are their city's alone, and never their own way out."""
        return super().has_change_permission(request, obj) and (obj is None or self._is_ours_alone(request, obj))

    def _is_ours_alone(self, request: HttpRequest, person: User) -> bool:
        if person.is_superuser or person.pk == request.user.pk:
            return False
        return not Membership.objects.filter(user=person).exclude(tenant=tenant_of(request)).exists()

    def has_give_password_permission(self, request: HttpRequest) -> bool:
        """Let administrators help somebody who has lost the password."""
        return may(request, Role.ADMINISTRATOR)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save an account, or invite: make one unless the person has one, and give the role."""
        if change:
            values = form.cleaned_data
            edit_user(user=obj, email=values["email"], name=values["name"], is_active=values["is_active"])
            return
        known = User.objects.filter(email=form.cleaned_data["email"]).exists()
        password = None if known else secrets.token_urlsafe(FIRST_PASSWORD_BYTES)
        user = create_user(email=form.cleaned_data["email"], name=form.cleaned_data["name"], password=password)
        grant_membership(user=user, tenant=tenant_of(request), role=form.cleaned_data["role"])
        obj.pk, obj.name = user.pk, user.name
        request.issued_text = password  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Show a new account's password, this once."""
        password: str | None = request.issued_text  # type: ignore[attr-defined]
        if password is not None:
            return _first_password(request, obj, password)
        messages.success(request, _("%(person)s works here now, and signs in as before.") % {"person": obj.email})
        return redirect("admin:tenants_user_changelist")

    @admin.action(description=_("Give a new one-time password"), permissions=["give_password"])
    def give_password(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Set a new password for one person whose account is this city's alone, and show it once."""
        chosen = list(queryset[:2])
        if len(chosen) != 1 or not self._is_ours_alone(request, chosen[0]):
            text = _("Choose one person who works in this city only. Your own is changed in the account menu.")
            messages.error(request, text)
            return None
        password = secrets.token_urlsafe(FIRST_PASSWORD_BYTES)
        set_password(user=chosen[0], password=password)
        self.log_change(request, chosen[0], str(_("New one-time password.")))
        return _first_password(request, chosen[0], password)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what this city's people did to an account; what another city's did is theirs."""
        ours = Membership.objects.filter(tenant=getattr(request, "tenant", None)).values("user")
        entries = LogEntry.objects.filter(
            object_id=object_id, content_type=ContentType.objects.get_for_model(User), user__in=ours
        )
        page = Paginator(entries.select_related("user").order_by("-action_time"), HISTORY_LINES).get_page(1)
        context = {"action_list": page, "pagination_required": False, **(extra_context or {})}
        answer: HttpResponse = super().history_view(request, object_id, context)
        return answer

    @shown(_("role"))
    def role(self, person: Any) -> SafeString | str:
        """Return the role here, with the way to change it."""
        if not person.here:
            return NOTHING
        url = reverse("admin:tenants_membership_change", args=[person.here[0].pk])
        return format_html('<a class="wl-link" href="{}">{}</a>', url, person.here[0].get_role_display())


def _first_password(request: HttpRequest, person: User, password: str) -> HttpResponse:
    return shown_once(
        request,
        title=_("Password of %(person)s") % {"person": person.email},
        secret=password,
        advice=_(
            "Hand it over now: it is not kept and will not be shown again. The person changes it after signing in."
        ),
        back=reverse("admin:tenants_user_changelist"),
    )
