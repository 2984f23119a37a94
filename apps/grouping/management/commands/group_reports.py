"""Place waiting reports by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.events import EVENT_IDS_MAX
from apps.core.progress import Progress
from apps.grouping.selectors import waiting_for_place
from apps.grouping.services import place_reports
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants, tenant_by_slug


class Command(BaseCommand):
    """Place classified reports into issues: of one tenant, or of all; safe beside running workers."""

    help = "Place classified reports into issues by place, time, category and words."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --tenant or --all, and --limit."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--tenant", metavar="SLUG", help="the tenant whose reports are placed")
        which.add_argument("--all", action="store_true", help="every active tenant")
        parser.add_argument("--limit", type=int, metavar="N", help="at most so many reports of each tenant")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work tenant by tenant and say what was done. Errors: CommandError for an unknown tenant or a bad limit."""
        limit: int | None = options["limit"]
        if limit is not None and limit < 1:
            raise CommandError(f"--limit: expected a number above 0, got {limit}")
        for tenant in self._tenants(options["tenant"]):
            with tenant_scope(tenant.pk):
                self._place(tenant, limit)

    def _tenants(self, slug: str | None) -> list[Tenant]:
        if slug is None:
            return active_tenants()
        tenant = tenant_by_slug(slug)
        if tenant is None:
            raise CommandError(f"--tenant: there is no active tenant {slug!r}")
        return [tenant]

    def _place(self, tenant: Tenant, limit: int | None) -> None:
        waiting = waiting_for_place()
        total = left = waiting if limit is None else min(waiting, limit)
        placed = opened = 0
        with Progress(f"group {tenant.slug}", total=total, unit="reports") as progress:
            while left > 0:
                step = place_reports(tenant_id=tenant.pk, limit=min(EVENT_IDS_MAX, left))
                if not step.placed:
                    break  # others hold what is left
                placed, opened, left = placed + step.placed, opened + step.opened, left - step.placed
                progress.advance(step.placed)
        self.stdout.write(f"{tenant.slug}: {placed:,} reports placed, {opened:,} issues opened")
