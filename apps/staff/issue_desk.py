"""Departments and comments: what stands around issues."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter

from apps.issues.models import Comment, Department
from apps.issues.services import save_department
from apps.staff.base import NamedRowForm, ReadOnlyTenantAdmin, TenantAdmin
from apps.staff.columns import moment_column, shown
from apps.tenants.models import Role


class DepartmentForm(NamedRowForm):
    """A department's name and address."""

    unique_field = "name"

    class Meta:
        model = Department
        fields: ClassVar[list[str]] = ["name", "email"]


@admin.register(Department)
class DepartmentAdmin(TenantAdmin):
    """Who works on what."""

    form = DepartmentForm
    may_change = Role.MANAGER
    may_add = Role.MANAGER
    list_display = ("name", "email")
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "email")

    def save_model(self, request: HttpRequest, obj: Department, form: Any, change: bool) -> None:
        """Save the department and tell those who show its name."""
        save_department(department=obj, name=form.cleaned_data["name"], email=form.cleaned_data["email"])


@admin.register(Comment)
class CommentAdmin(ReadOnlyTenantAdmin):
    """Every comment, for those who look for one; they are written on the issue's page."""

    list_display = ("beginning", "issue", "author", "is_public", "written")
    list_filter = (("is_public", BooleanRadioFilter),)
    list_select_related = ("issue", "author")
    search_fields = ("text",)
    # As they were written; there is no index by time, and none is needed.
    ordering = ("-id",)
    newest_by = "id"
    fields = ("issue", "author", "text", "is_public", "created_at")

    written = moment_column("created_at", _("written"))

    @shown(_("comment"))
    def beginning(self, comment: Comment) -> str:
        """Return the beginning of the text."""
        return comment.text[:120]
