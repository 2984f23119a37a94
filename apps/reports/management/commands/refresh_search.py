"""`refresh_search`: make reports and issues searchable by hand."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.postgresql.statistics import analyze_tables
from apps.core.progress import Progress
from apps.core.search import Filled
from apps.issues.services import fill_issue_words, rebuild_issue_words
from apps.reports.services import fill_report_words, rebuild_report_words
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants, tenant_by_slug


class Command(BaseCommand):
    """Read the texts that are new or changed, or all of them."""

    help = (
        "Read the texts of reports and issues that are new or changed, so that searches find them; a worker does the "
        "same every five seconds. --rebuild reads all of them: after a tenant's language was changed, or when rows "
        "were loaded with triggers off. Safe beside running workers, and safe to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add whose texts, and whether all of them."""
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant (default: every active tenant)")
        parser.add_argument("--rebuild", action="store_true", help="read every text again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work through the tenants, then refresh the planner's statistics of the words."""
        done = 0
        with Progress("refresh_search", unit="steps", stream=sys.stderr) as progress:
            for tenant in self._tenants(options["tenant"]):
                with tenant_scope(tenant.pk):
                    done += _refresh(tenant.pk, rebuild=options["rebuild"], progress=progress)
        analyze_tables("report_words", "issue_words")
        self.stdout.write(f"{done:,} steps" if options["rebuild"] else f"{done:,} rows read")

    def _tenants(self, slug: str | None) -> list[Tenant]:
        if slug is None:
            return active_tenants()
        tenant = tenant_by_slug(slug)
        if tenant is None:
            raise CommandError(f"--tenant: there is no active tenant {slug!r}")
        return [tenant]


def _refresh(tenant_id: int, *, rebuild: bool, progress: Progress) -> int:
    if rebuild:
        return sum(_rebuild(each, tenant_id, progress) for each in (rebuild_report_words, rebuild_issue_words))
    return sum(_fill(each, tenant_id, progress) for each in (fill_report_words, fill_issue_words))


def _fill(fill: Callable[..., Filled], tenant_id: int, progress: Progress) -> int:
    rows = 0
    while (filled := fill(tenant_id=tenant_id)).marks:
        rows += filled.rows
        progress.advance(1)
    return rows


def _rebuild(rebuild: Callable[..., int | None], tenant_id: int, progress: Progress) -> int:
    steps, after = 0, 0
    while (last := rebuild(tenant_id=tenant_id, after=after)) is not None:
        steps, after = steps + 1, last
        progress.advance(1)
    return steps
