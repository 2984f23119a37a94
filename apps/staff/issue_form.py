"""What staff may change about an issue on its page."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from apps.issues.models import Issue, IssueStatus
from apps.issues.selectors import allowed_transitions
from apps.tenants.models import User

STALE = _("Somebody else changed this issue while you were editing. Open it again to see the present state.")
IDLE_NOTE = _("This note goes with a change of status. To write without one, use the comment below.")


class IssueForm(forms.ModelForm):  # type: ignore[type-arg]
    """Work on one issue; the status offers only what the workflow allows next."""

    note = forms.CharField(
        label=_("Note on the change of status"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    comment = forms.CharField(
        label=_("New comment"), required=False, max_length=10_000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
    comment_is_public = forms.BooleanField(
        label=_("Show the comment to reporters"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    read_version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Issue
        # Foreign keys are added by the admin, once a tenant is active to choose from.
        fields: ClassVar[list[str]] = ["status", "severity", "category"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk or "status" not in self.fields:
            return
        self.initial["read_version"] = self.instance.version
        steps = [self.instance.status, *allowed_transitions(self.instance.status)]
        choices = [(step, IssueStatus(step).label) for step in steps]
        self.fields["status"] = forms.ChoiceField(choices=choices, label=_("Status"), widget=UnfoldAdminSelectWidget)
        assignee = self.fields.get("assignee")
        if isinstance(assignee, forms.ModelChoiceField) and assignee.queryset is not None:
            # Whoever has it keeps it, even after leaving the city, until somebody gives it to another.
            assignee.queryset = assignee.queryset | User.objects.filter(pk=self.instance.assignee_id)

    def clean(self) -> dict[str, Any]:
        """Refuse an edit of an issue that somebody else has changed since the page was opened.

        The row stays locked until the edit is saved: the admin does both in one transaction.
        """
        cleaned: dict[str, Any] = super().clean() or {}
        locked = Issue.objects.filter(pk=self.instance.pk).select_for_update()
        if locked.values_list("version", flat=True).first() != cleaned.get("read_version"):
            raise ValidationError(STALE)
        if cleaned.get("note", "").strip() and "status" not in self.changed_data:
            self.add_error("note", IDLE_NOTE)
        return cleaned
