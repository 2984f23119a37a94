"""`refresh_scores`: bring rollups and scores up to date, or count them anew."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.progress import Progress
from apps.insights.services import rebuild_rollups, refresh_rollups
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants, tenant_by_slug


class Command(BaseCommand):
    """Refresh or rebuild the figures computed ahead."""

    help = (
        "Count the days that changed since the last refresh and bring daily rollups, open-issue counts and tenant "
        "scores up to date. With --rebuild every day is counted anew from the raw rows."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant (default: every active tenant)")
        parser.add_argument("--rebuild", action="store_true", help="count every day anew from the raw rows")

    def handle(self, *args: Any, **options: Any) -> None:
        count = rebuild_rollups if options["rebuild"] else refresh_rollups
        tenants = self._tenants(options["tenant"])
        days = rows = 0
        with Progress("tenants", total=len(tenants), stream=sys.stderr) as progress:
            for tenant in tenants:
                with tenant_scope(tenant.pk):
                    refresh = count(tenant_id=tenant.pk)
                days, rows = days + refresh.days, rows + refresh.rows
                progress.advance(1)
        self.stdout.write(f"{len(tenants)} tenants: {days} days counted, {rows} rollup rows written")

    def _tenants(self, slug: str | None) -> list[Tenant]:
        if slug is None:
            return active_tenants()
        tenant = tenant_by_slug(slug)
        if tenant is None:
            raise CommandError(f"--tenant: there is no active tenant {slug!r}")
        return [tenant]
