"""The form by which a citizen tells the city of a problem."""

from collections import defaultdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.reports.models import Service
from apps.reports.services import ReportDraft

MOST_CHARACTERS = 4_000  # of a description by hand; apps.reports takes more from programs


class ReportForm(forms.Form):
    """A report; whether it can be accepted is the service's to say (apps.reports), field by field."""

    description = forms.CharField(
        label=_("What is the problem?"),
        help_text=_("What you saw, and what would help the crew to find it. Please leave out names."),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
    )
    service_code = forms.ChoiceField(
        label=_("What kind of problem?"), required=False, help_text=_("Not sure? Leave it open: we sort it for you.")
    )
    address = forms.CharField(
        label=_("Address or place"),
        required=False,
        max_length=300,
        help_text=_("Street and number, a crossing, or the name of a park"),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    lat = forms.FloatField(
        label=_("Latitude"), required=False, widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
    )
    lng = forms.FloatField(
        label=_("Longitude"), required=False, widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
    )
    contact_name = forms.CharField(
        label=_("Name"), required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact_email = forms.EmailField(
        label=_("E-mail"), required=False, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    contact_phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    # Out of people's sight and of the keyboard's way; programs that fill in every field fill in this one.
    homepage = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args: Any, services: list[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["service_code"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = service_choices(services)

    def clean_homepage(self) -> str:
        """Refuse programs, and say why: should a person's browser have filled it in, no report is lost silently."""
        if self.cleaned_data["homepage"]:
            raise forms.ValidationError(_("This field is a trap for programs: please empty it and send again."))
        return ""

    def draft(self) -> ReportDraft:
        """Return what was filled in, for the service to check."""
        return ReportDraft(**{name: value for name, value in self.cleaned_data.items() if name != "homepage"})

    def show_problems(self, problems: dict[str, str]) -> None:
        """Put the service's problems beside their fields; those of the place as a whole beside the address."""
        for name, message in problems.items():
            self.add_error(name if name in self.fields else "address", message)


def service_choices(services: list[Service]) -> list[Any]:
    """Return the services by group for a select box, those without a group first."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for service in services:
        groups[service.group].append((service.code, service.name))
    loose = groups.pop("", [])
    return [("", _("I am not sure")), *loose, *sorted(groups.items())]
