"""Reads of triage: its runs, and why a report is classified as it is."""

from apps.reports.models import Report, TriageState
from apps.triage.models import Classification, ClassificationBatch, Method


def recent_batches(*, limit: int = 50) -> list[ClassificationBatch]:
    """Return the active tenant's latest runs, newest first. One query."""
    return list(ClassificationBatch.objects.order_by("-started_at", "-id")[:limit])


def classification_of(report_id: int) -> Classification | None:
    """Return the answer that counts for a report, with its batch, service and corrector: the "why". One query."""
    found: Classification | None = (
        Classification.objects.filter(report_id=report_id, is_current=True)
        .select_related("batch", "service", "corrected_by")
        .first()
    )
    return found


def classification_history(report_id: int) -> list[Classification]:
    """Return every answer that a report ever got, newest first, late ones included. One query."""
    answers = Classification.objects.filter(report_id=report_id)
    return list(answers.select_related("batch", "service", "corrected_by").order_by("-id"))


def recent_corrections(*, limit: int = 100) -> list[Classification]:
    """Return what people have corrected lately, newest first, with the reports. One query."""
    corrected = Classification.objects.filter(method=Method.PERSON).select_related("report", "service", "corrected_by")
    return list(corrected.order_by("-id")[:limit])


def waiting_reports() -> int:
    """Return how many of the active tenant's reports wait for triage, those in work included. One query."""
    return int(Report.objects.exclude(triage_state=TriageState.DONE).count())
