"""Filters of reports that chain."""

from django.db import models

from apps.reports.rules import TriageState
from apps.tenants.scoping import TenantManager


class ReportQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Reports, narrowed step by step."""

    def untriaged(self) -> "ReportQuerySet":
        """Keep the reports that triage has not finished with."""
        return self.exclude(triage_state=TriageState.DONE.value)

    def unplaced(self) -> "ReportQuerySet":
        """Keep the classified reports that belong to no issue yet."""
        return self.filter(triage_state=TriageState.DONE.value, issue__isnull=True)


class ReportManager(TenantManager.from_queryset(ReportQuerySet)):  # type: ignore[misc]
    """The active tenant's reports."""
