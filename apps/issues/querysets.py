"""Filters of issues that chain."""

from django.db import models

from apps.issues.rules import OPEN_STATUSES
from apps.tenants.scoping import TenantManager


class IssueQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Issues, narrowed step by step."""

    def open(self) -> "IssueQuerySet":
        """Keep the issues that still need work."""
        return self.filter(status__in=[status.value for status in OPEN_STATUSES])

    def surviving(self) -> "IssueQuerySet":
        """Leave out the issues merged into others."""
        return self.filter(merged_into__isnull=True)


class IssueManager(TenantManager.from_queryset(IssueQuerySet)):  # type: ignore[misc]
    """The active tenant's issues."""
