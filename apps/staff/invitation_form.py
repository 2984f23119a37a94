"""Invite somebody to work in the city."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from apps.tenants.models import Membership, Role, User
from apps.tenants.scoping import require_tenant_id


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    """An e-mail address, a name and a role. The person may have an account already, through another city."""

    role = forms.ChoiceField(choices=Role.choices, initial=Role.AGENT, label=_("Role"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["email", "name"]

    def clean_email(self) -> str:
        """Return the address as accounts have it; refuse somebody who works here."""
        email: str = self.cleaned_data["email"].strip().lower()
        if Membership.objects.filter(tenant_id=require_tenant_id(), user__email=email).exists():
            raise forms.ValidationError(_("This person works here already; change the role in the list of roles."))
        return email

    def _get_validation_exclusions(self) -> set[Any]:
        # An address that has an account is no mistake here, though the model allows it only once.
        return {*super()._get_validation_exclusions(), "email"}  # type: ignore[misc]
