"""Filters of reports that chain."""

from datetime import datetime

from django.db import models

from apps.core.search import narrow_to_matches
from apps.reports.rules import TriageState
from apps.reports.searched import REPORT_SEARCH
from apps.tenants.scoping import TenantManager


class ReportQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Reports, narrowed step by step."""

    def untriaged(self) -> "ReportQuerySet":
        """Keep the reports that triage has not finished with."""
        return self.exclude(triage_state=TriageState.DONE.value)

    def unplaced(self) -> "ReportQuerySet":
        """Keep the classified reports that belong to no issue yet."""
        return self.filter(triage_state=TriageState.DONE.value, issue__isnull=True)

    def matching(self, text: str, *, rows: int, starting: datetime | None = None) -> "ReportQuerySet":
        """Keep the active tenant's reports whose texts match, enough for `rows` (core.search.narrow_to_matches)."""
        return narrow_to_matches(self, REPORT_SEARCH, text, rows=rows, starting=starting)


class ReportManager(TenantManager.from_queryset(ReportQuerySet)):  # type: ignore[misc]
    """The active tenant's reports."""
