"""Writes to reports and services."""

from apps.reports.rules import ReportDraft
from apps.reports.services.catalogue import ServiceDraft, create_default_services, create_services
from apps.reports.services.placement import (
    ReportPlacement,
    assign_issues,
    close_reports,
    reopen_reports,
    settle_reports,
)
from apps.reports.services.search import fill_report_words, rebuild_report_words
from apps.reports.services.store_batch import NewReport, StoreResult, store_batch
from apps.reports.services.submit import submit_report
from apps.reports.services.triage_state import (
    ClaimedReport,
    ClassifiedReport,
    claim_for_triage,
    lock_for_triage,
    record_classifications,
    set_classification,
)

__all__ = [
    "ClaimedReport",
    "ClassifiedReport",
    "NewReport",
    "ReportDraft",
    "ReportPlacement",
    "ServiceDraft",
    "StoreResult",
    "assign_issues",
    "claim_for_triage",
    "close_reports",
    "create_default_services",
    "create_services",
    "fill_report_words",
    "lock_for_triage",
    "rebuild_report_words",
    "record_classifications",
    "reopen_reports",
    "set_classification",
    "settle_reports",
    "store_batch",
    "submit_report",
]
