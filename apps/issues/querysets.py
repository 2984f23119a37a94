"""Filters of issues that chain."""

from datetime import datetime

from django.db import models

from apps.core.search import narrow_to_matches
from apps.issues.rules import OPEN_STATUSES
from apps.issues.searched import ISSUE_SEARCH
from apps.tenants.scoping import TenantManager


class IssueQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Issues, narrowed step by step."""

    def open(self) -> "IssueQuerySet":
        """Keep the issues that still need work."""
        return self.filter(status__in=[status.value for status in OPEN_STATUSES])

    def surviving(self) -> "IssueQuerySet":
        """Leave out the issues merged into others."""
        return self.filter(merged_into__isnull=True)

    def matching(self, text: str, *, rows: int, starting: datetime | None = None) -> "IssueQuerySet":
        """Keep the active tenant's issues whose texts match, enough for `rows` (core.search.narrow_to_matches)."""
        return narrow_to_matches(self, ISSUE_SEARCH, text, rows=rows, starting=starting)


class IssueManager(TenantManager.from_queryset(IssueQuerySet)):  # type: ignore[misc]
    """The active tenant's issues."""
