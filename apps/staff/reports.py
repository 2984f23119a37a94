"""Reports as staff look for them: the text, why triage and grouping decided so, and corrections."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.grouping.selectors import current_placement
from apps.reports.models import Report, ReporterContact, Service
from apps.staff.base import ReadOnlyInline, TenantAdmin
from apps.staff.issues import SEVERITY_COLOURS
from apps.tenants.models import Role, User
from apps.triage.selectors import classification_of
from apps.triage.services import correct_classification


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person may correct about a report: what it is about and how urgent it is."""

    class Meta:
        model = Report
        # The service is added by the admin, once a tenant is active to choose from.
        fields: ClassVar[list[str]] = ["category", "severity"]


class ContactInline(ReadOnlyInline):
    """Who sent the report; for those who may answer them."""

    model = ReporterContact
    fields = ("name", "email", "phone")
    readonly_fields = fields


@admin.register(Report)
class ReportAdmin(TenantAdmin):
    """Every report of the tenant, newest first."""

    form = CorrectionForm
    list_display = ("text", "shown_category", "shown_severity", "service", "status", "issue_link", "received_at")
    list_filter = ("status", "category", "severity", "channel", "triage_state")
    list_select_related = ("service", "issue")
    search_fields = ("=external_id", "description", "address")
    search_help_text = _("id at the source, or words of the report or address")
    ordering = ("-received_at", "-id")
    inlines = (ContactInline,)
    autocomplete_fields = ("service",)
    readonly_fields = (
        *("public_id", "issue_link", "description", "address", "place", "channel", "source", "external_id", "status"),
        *("status_notes", "received_at", "acknowledged_at", "closed_at", "triage_state", "attributes", "why"),
    )
    fieldsets = (
        (None, {"fields": ("description", ("address", "place"), ("received_at", "channel", "status"), "issue_link")}),
        (_("Correct what it is about"), {"fields": (("category", "severity", "service"),)}),
        (_("Why"), {"fields": ("why",)}),
        (
            _("From the source"),
            {
                "fields": (
                    ("source", "external_id", "public_id"),
                    ("acknowledged_at", "closed_at", "triage_state"),
                    "status_notes",
                    "attributes",
                )
            },
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a report by its public id at once, by words otherwise."""
        if len(search_term) == len("00000000-0000-0000-0000-000000000000"):
            return queryset.filter(public_id=search_term), False
        return super().get_search_results(request, queryset, search_term)

    def save_model(self, request: HttpRequest, obj: Report, form: Any, change: bool) -> None:
        """Record a person's answer beside triage's own; it wins over anything that triage says later."""
        if not form.changed_data or not isinstance(request.user, User):
            return
        correct_classification(
            tenant_id=obj.tenant_id,
            report_id=obj.pk,
            category=form.cleaned_data["category"],
            severity=form.cleaned_data["severity"],
            service_id=obj.service_id,
            actor=request.user,
        )

    @display(description=_("report"))
    def text(self, report: Report) -> str:
        """Return the beginning of the text, or the address of a report without one."""
        return (report.description or report.address)[:120]

    @display(description=_("category"))
    def shown_category(self, report: Report) -> str:
        """Return the category in words."""
        return report.get_category_display() if report.category else "–"

    @display(description=_("severity"), label=SEVERITY_COLOURS)
    def shown_severity(self, report: Report) -> tuple[str, str]:
        """Return the severity as a coloured label."""
        return report.severity, report.get_severity_display() if report.severity else "–"

    @display(description=_("issue"))
    def issue_link(self, report: Report) -> str | SafeString:
        """Link to the issue that the report belongs to."""
        if report.issue is None:
            return "–"
        url = reverse("admin:issues_issue_change", args=[report.issue.pk])
        return format_html('<a class="underline" href="{}">#{}</a>', url, report.issue.number)

    @display(description=_("place"))
    def place(self, report: Report) -> str:
        """Return the coordinates."""
        return "–" if report.lat is None else f"{report.lat:.6f}, {report.lng:.6f}"

    @display(description=_("why"))
    def why(self, report: Report) -> SafeString:
        """Tell what triage and grouping decided, and by what."""
        context = {"classification": classification_of(report.pk), "placement": current_placement(report.pk)}
        return SafeString(render_to_string("staff/why.html", context))


@admin.register(Service)
class ServiceAdmin(TenantAdmin):
    """What the tenant offers to report."""

    may_change = Role.MANAGER
    may_add = Role.MANAGER
    list_display = ("name", "code", "group", "category", "default_severity", "is_active")
    list_filter = ("category", "is_active")
    search_fields = ("name", "code")
    ordering = ("name",)
    fields = (
        *("code", "name", "description", "group", "category", "default_severity", "keywords", "attributes"),
        "is_active",
    )
