"""Departments and comments: what stands around issues."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter

from apps.issues.models import Comment, Department
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


@admin.register(Comment)
class CommentAdmin(ReadOnlyTenantAdmin):
    """Every comment, for those who look for one; they are written on the issue's page."""

    list_display = ("beginning", "issue", "author", "is_public", "written")
    list_filter = (("is_public", BooleanRadioFilter),)
    list_select_related = ("issue", "author")
    search_fields = ("text",)
    ordering = ("-created_at", "-id")
    fields = ("issue", "author", "text", "is_public", "created_at")

    written = moment_column("created_at", _("written"))

    @shown(_("comment"))
    def beginning(self, comment: Comment) -> str:
        """Return the beginning of the text."""
        return comment.text[:120]
