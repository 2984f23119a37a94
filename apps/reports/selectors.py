"""Reads of reports and services."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Max, Min, Q

from apps.core.cache import local_get_or_set
from apps.core.search import words_behind
from apps.reports import tags
from apps.reports.exports import (
    EXPORT_FIELDS,
    ExportFormat,
    ExportOptions,
    ExportStream,
    ExportTally,
    field_names,
    open_export,
)
from apps.reports.models import Report, Service
from apps.reports.rules import content_hash, grid_cell, neighbour_cells, normalised_text
from apps.reports.searched import REPORT_SEARCH
from apps.tenants.scoping import require_tenant_id

T = TypeVar("T")

__all__ = [
    "EXPORT_FIELDS",
    "ExportFormat",
    "ExportOptions",
    "ExportStream",
    "ExportTally",
    "active_services",
    "content_hash",
    "field_names",
    "grid_cell",
    "neighbour_cells",
    "newest_reports",
    "normalised_text",
    "open_export",
    "report_by_public_id",
    "reports_of_issue",
    "reports_stored_since",
    "service_ids_by_code",
    "standing_of_issues",
    "tenants_with_unread_reports",
    "untriaged_count",
]


def active_services() -> list[Service]:
    """Return the services that the active tenant offers, by name; another process's change is seen within 5 s.

    The rows are shared: do not change them. One query, none when they are in memory.
    """
    return list(_in_memory("active", lambda: list(Service.objects.filter(is_active=True).order_by("name"))))


def service_ids_by_code() -> dict[str, int]:
    """Return the id of every service of the active tenant by its code; another process's change within 5 s.

    One query, none when they are in memory.
    """
    return dict(_in_memory("ids", lambda: dict(Service.objects.values_list("code", "pk"))))


def _in_memory(what: str, read: Callable[[], T]) -> T:
    tenant_id = require_tenant_id()
    return local_get_or_set(key=f"services:{{{tenant_id}}}:{what}", tags=[tags.services(tenant_id)], compute=read)


def newest_reports(*, limit: int = 50) -> list[Report]:
    """Return the active tenant's newest reports with their service and issue. One query."""
    return list(Report.objects.select_related("service", "issue").order_by("-received_at", "-id")[:limit])


def reports_of_issue(issue_id: int, *, limit: int = 500) -> list[Report]:
    """Return an issue's reports, newest first, with their service. One query."""
    reports = Report.objects.filter(issue_id=issue_id).select_related("service")
    return list(reports.order_by("-received_at", "-id")[:limit])


def report_by_public_id(public_id: UUID) -> Report | None:
    """Return a report of the active tenant with its service and issue. One query."""
    report: Report | None = Report.objects.select_related("service", "issue").filter(public_id=public_id).first()
    return report


def untriaged_count() -> int:
    """Count the active tenant's reports that triage has not finished with. One query, on the partial index."""
    count: int = Report.objects.untriaged().count()
    return count


@dataclass(frozen=True)
class IssueStanding:
    """What an issue's reports say of it together: whether one is open, the first answer, the last closing."""

    issue_id: int
    any_open: bool
    acknowledged_at: datetime | None
    closed_at: datetime | None


def standing_of_issues(report_ids: list[int]) -> list[IssueStanding]:
    """Return the standing of the issues that these reports belong to, by all of their reports. One query."""
    touched = Report.objects.filter(pk__in=report_ids, issue__isnull=False).values("issue_id")
    rows = (
        Report.objects.filter(issue_id__in=touched)
        .order_by()
        .values_list("issue_id")
        .annotate(still_open=Count("pk", filter=Q(status="open")), first=Min("acknowledged_at"), last=Max("closed_at"))
    )
    return [IssueStanding(issue_id, bool(still_open), first, last) for issue_id, still_open, first, last in rows]


def reports_stored_since(moment: datetime) -> int:
    """Count what came in over all tenants since a moment. Inside `all_tenants(reason)`; one query, on the BRIN."""
    stored: int = Report.all_tenants.filter(created_at__gte=moment).count()
    return stored


def tenants_with_unread_reports() -> list[int]:
    """Return the tenants with texts that cannot be searched yet. Inside `all_tenants(reason)`; one query."""
    return words_behind(REPORT_SEARCH)
