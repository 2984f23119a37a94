"""What a person may correct about a report on its page."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from apps.issues.errors import IssueNotFound
from apps.issues.models import Issue
from apps.issues.selectors import issue_by_number
from apps.reports.models import Report

CLASSIFICATION_FIELDS = {"category", "severity", "service"}
NOTE_MAX = 500


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Say what a report is really about, and to which issue it belongs."""

    reason = forms.CharField(
        label=_("Why"), required=False, max_length=NOTE_MAX, widget=UnfoldAdminTextInputWidget, help_text=_("optional")
    )
    move_to = forms.IntegerField(
        label=_("Move to issue number"), required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget
    )

    class Meta:
        model = Report
        # The service is added by the admin, once a tenant is active to choose from.
        fields: ClassVar[list[str]] = ["category", "severity"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("category", "severity"):
            if name in self.fields:
                self.fields[name].required = True

    def clean_service(self) -> Any:
        """Keep a service: one can be changed for another, and a report that names none may stay without."""
        service = self.cleaned_data["service"]
        if service is None and self.instance.service_id is not None:
            raise forms.ValidationError(_("Choose another service; it cannot be taken away."))
        return service

    def clean_move_to(self) -> Issue | None:
        """Return the issue of that number."""
        number = self.cleaned_data["move_to"]
        if number is None:
            return None
        if self.instance.issue_id is None:
            raise forms.ValidationError(_("The report belongs to no issue yet; grouping comes first."))
        try:
            issue = issue_by_number(number)
        except IssueNotFound as error:
            raise forms.ValidationError(_("There is no issue with this number.")) from error
        if issue.merged_into_id is not None:
            raise forms.ValidationError(_("This issue was merged into another."))
        return issue
