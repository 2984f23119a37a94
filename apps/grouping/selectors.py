"""Reads of grouping: why a report is in its issue, and what waits."""

from apps.grouping.models import Placement
from apps.reports.models import Report


def current_placement(report_id: int) -> Placement | None:
    """Return where a report of the active tenant is and why, with issue and person; None before it is placed.

    One query. For the features' shape see models.Placement.
    """
    placements = Placement.objects.select_related("issue", "decided_by")
    placement: Placement | None = placements.filter(report_id=report_id, undone_at__isnull=True).first()
    return placement


def history_of_report(report_id: int) -> list[Placement]:
    """Return every decision about a report, oldest first, the undone ones included. One query."""
    placements = Placement.objects.select_related("issue", "decided_by")
    return list(placements.filter(report_id=report_id).order_by("id"))


def placements_of_issue(issue_id: int, *, limit: int = 500) -> list[Placement]:
    """Return how an issue's present reports came to it, oldest decision first, with the reports. One query."""
    placements = Placement.objects.select_related("report", "decided_by")
    return list(placements.filter(issue_id=issue_id, undone_at__isnull=True).order_by("decided_at", "id")[:limit])


def waiting_for_place() -> int:
    """Count the active tenant's classified reports without an issue. One query, on the partial index."""
    count: int = Report.objects.unplaced().count()
    return count
