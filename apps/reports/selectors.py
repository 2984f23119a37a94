"""Reads of reports and services."""

from uuid import UUID

from apps.reports.models import Report, Service
from apps.reports.rules import content_hash, grid_cell, neighbour_cells, normalised_text

__all__ = [
    "active_services",
    "content_hash",
    "grid_cell",
    "neighbour_cells",
    "newest_reports",
    "normalised_text",
    "report_by_public_id",
    "reports_of_issue",
    "service_ids_by_code",
]


def active_services() -> list[Service]:
    """Return the services that the active tenant offers, by name. One query."""
    return list(Service.objects.filter(is_active=True).order_by("name"))


def service_ids_by_code() -> dict[str, int]:
    """Return the id of every service of the active tenant by its code. One query."""
    return dict(Service.objects.values_list("code", "pk"))


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
