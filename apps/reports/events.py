"""What happens to reports. Lists name at most 1,000 reports (core.events.EVENT_IDS_MAX)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportsStored:
    """New reports are in the table, not yet triaged."""

    tenant_id: int
    report_ids: list[int]


@dataclass(frozen=True)
class ReportsChangedAtSource:
    """Historic reports came again with another status or other times; their issues may have to follow."""

    tenant_id: int
    report_ids: list[int]


@dataclass(frozen=True)
class ReportsClassified:
    """Reports have a category and a severity, from triage or from a person."""

    tenant_id: int
    report_ids: list[int]


@dataclass(frozen=True)
class ServicesChanged:
    """A tenant's services were added to or edited."""

    tenant_id: int


@dataclass(frozen=True)
class ReportWordsChanged:
    """Searches find other reports than before."""

    tenant_id: int
