"""Classify waiting reports by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.progress import Progress
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants, tenant_by_slug
from apps.triage.selectors import waiting_reports
from apps.triage.services import TriageResult, triage_reports

# Reports between two steps of the progress bar: five transactions of rules.
STEP = 5_000


class Command(BaseCommand):
    """Classify the reports that wait: of one tenant, or of all; safe beside running workers."""

    help = "Classify reports that wait for triage, by the configured language model or by rules."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --tenant or --all, and --limit."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--tenant", metavar="SLUG", help="the tenant whose reports are classified")
        which.add_argument("--all", action="store_true", help="every active tenant")
        parser.add_argument("--limit", type=int, metavar="N", help="at most so many reports of each tenant")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work tenant by tenant and say what was done. Errors: CommandError for an unknown tenant or a bad limit."""
        limit: int | None = options["limit"]
        if limit is not None and limit < 1:
            raise CommandError(f"--limit: expected a number above 0, got {limit}")
        for tenant in self._tenants(options["tenant"]):
            with tenant_scope(tenant.pk):
                result = self._triage(tenant, limit)
            self.stdout.write(
                f"{tenant.slug}: {result.written:,} classified ({result.by_model:,} by the model, "
                f"{result.by_rules:,} by rules) in {result.batches:,} batches"
            )

    def _tenants(self, slug: str | None) -> list[Tenant]:
        if slug is None:
            return active_tenants()
        tenant = tenant_by_slug(slug)
        if tenant is None:
            raise CommandError(f"--tenant: there is no active tenant {slug!r}")
        return [tenant]

    def _triage(self, tenant: Tenant, limit: int | None) -> TriageResult:
        total = TriageResult()
        waiting = waiting_reports()
        left = waiting if limit is None else min(waiting, limit)
        with Progress(f"triage {tenant.slug}", total=left, unit="reports") as progress:
            while left > 0:
                step = triage_reports(tenant_id=tenant.pk, limit=min(STEP, left))
                if not step.claimed:
                    break  # others hold what is left
                total += step
                left -= step.claimed
                progress.advance(step.claimed)
        return total
