"""Reports as staff look for them: the text, why triage and grouping decided so, and corrections."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.grouping.selectors import current_placement
from apps.grouping.services import move_report
from apps.issues.models import Issue
from apps.reports.models import Report, ReporterContact
from apps.staff.base import ReadOnlyInline, TenantAdmin, person_of
from apps.staff.columns import label_column, moment_column, shown
from apps.staff.counting import SEARCH_CAP
from apps.staff.drawing import NOTHING, SEVERITY_COLOURS, draw, drawn_once, place
from apps.staff.filters import DaysFilter, by_choice
from apps.staff.report_form import CLASSIFICATION_FIELDS, CorrectionForm
from apps.staff.wording import features_in_words
from apps.tenants.models import Role
from apps.triage.selectors import classification_of
from apps.triage.services import correct_classification

REPORT_STATUS_COLOURS = {"open": "primary", "closed": ""}


class ContactInline(ReadOnlyInline):
    """Who sent the report: personal data, for those who may answer them."""

    may_view = Role.AGENT
    model = ReporterContact
    fields = ("name", "email", "phone")
    readonly_fields = fields


@admin.register(Report)
class ReportAdmin(TenantAdmin):
    """Every report of the tenant, newest first."""

    form = CorrectionForm
    list_display = ("text", "category", "shown_severity", "service", "shown_status", "issue_link", "received")
    newest_by = "received_at"
    searches_by_index = True
    list_filter = (*by_choice("status", "category", "severity", "channel", "triage_state"), ("received_at", DaysFilter))
    list_select_related = ("service", "issue")
    # What get_search_results looks in; Django shows the box where there are any.
    search_fields = ("=external_id", "description", "address")
    search_help_text = _("public id, id at the source, or words of the report or address")
    ordering = ("-received_at", "-id")
    inlines = (ContactInline,)
    autocomplete_fields = ("service",)
    readonly_fields = (
        *("public_id", "issue_link", "description", "address", "place", "photo", "channel", "source", "external_id"),
        *("status", "status_notes", "received_at", "acknowledged_at", "closed_at", "triage_state", "details", "why"),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "description",
                    ("address", "place", "photo"),
                    ("received_at", "channel", "status"),
                    "issue_link",
                )
            },
        ),
        (_("Correct it"), {"fields": (("category", "severity", "service"), ("reason", "move_to"))}),
        (_("Why it is classified and placed so"), {"fields": ("why",)}),
        (
            _("From the source"),
            {
                "fields": (
                    ("source", "external_id", "public_id"),
                    ("acknowledged_at", "closed_at", "triage_state"),
                    "status_notes",
                    "details",
                )
            },
        ),
    )

    shown_severity = label_column("severity", _("severity"), SEVERITY_COLOURS)
    shown_status = label_column("status", _("status"), REPORT_STATUS_COLOURS)
    received = moment_column("received_at", _("received"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what is there to be written in from the page of somebody who only looks."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        about = (_("What it is about"), {"fields": (("category", "severity", "service"),)})
        return [fieldsets[0], about, *fieldsets[2:]]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a report by its public id, or by its id at the source, or by words."""
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(public_id=UUID(term)), False
        except ValueError:
            same_id = queryset.filter(external_id=term).exclude(external_id="")
            return same_id if same_id.exists() else queryset.matching(term, rows=SEARCH_CAP + 1), False  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Report, form: Any, change: bool) -> None:
        """Record a person's answer beside triage's own; it wins over anything that triage says later."""
        values, actor = form.cleaned_data, person_of(request)
        if CLASSIFICATION_FIELDS & set(form.changed_data):
            correct_classification(
                tenant_id=obj.tenant_id,
                report_id=obj.pk,
                category=values["category"],
                severity=values["severity"],
                service_id=obj.service_id,
                actor=actor,
                note=values["reason"].strip(),
            )
        target: Issue | None = values["move_to"]
        if target is not None:
            move_report(tenant_id=obj.tenant_id, report_id=obj.pk, issue_id=target.pk, actor=actor)
        obj.refresh_from_db()

    @shown(_("report"))
    def text(self, report: Report) -> str:
        """Return the beginning of the text, or the address of a report without one."""
        return (report.description or report.address)[:120] or str(report.public_id)

    @shown(_("issue"))
    def issue_link(self, report: Report) -> str | SafeString:
        """Link to the issue that the report belongs to."""
        if report.issue is None:
            return NOTHING
        url = reverse("admin:issues_issue_change", args=[report.issue.pk])
        return format_html('<a class="wl-link" href="{}">#{}</a>', url, report.issue.number)

    @shown(_("place"))
    def place(self, report: Report) -> str:
        """Return the coordinates."""
        return place(report.lat, report.lng)

    @shown(_("photo"))
    def photo(self, report: Report) -> str | SafeString:
        """Link to the picture; only web addresses, for the text comes from strangers."""
        if not report.media_url.startswith(("https://", "http://")):
            return NOTHING
        link = '<a class="wl-link" href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>'
        return format_html(link, report.media_url, _("open"))

    @shown(_("details"))
    def details(self, report: Report) -> SafeString | str:
        """List what else the source said."""
        return draw("staff/details.html", details=report.attributes) if report.attributes else NOTHING

    @shown(_("why"))
    @drawn_once
    def why(self, report: Report) -> SafeString:
        """Tell what triage and grouping decided, and by what."""
        placement = current_placement(report.pk)
        features = features_in_words(placement.features) if placement is not None else []
        return draw(
            "staff/why.html",
            classification=classification_of(report.pk),
            placement=placement,
            features=features,
        )
