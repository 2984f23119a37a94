"""`refresh_scores`: bring rollups and scores up to date, count them anew, or check that both say the same."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.progress import Progress
from apps.insights.services import Rebuild, check_rollups, rebuild_rollups, refresh_rollups
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants, tenant_by_slug

# Enough to see whether it is one day or all of them.
_DAYS_NAMED = 5


class Command(BaseCommand):
    """Refresh, rebuild or check the figures computed ahead."""

    help = (
        "Count the days that changed since the last refresh and bring daily and monthly rollups, open-issue counts "
        "and tenant scores up to date. --rebuild counts every day anew from the raw rows and tells what differed; "
        "--check tells the same, changes nothing, and fails when anything differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant (default: every active tenant)")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--rebuild", action="store_true", help="count every day anew from the raw rows")
        how.add_argument("--check", action="store_true", help="tell what a rebuild would change; exit 1 if anything")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = self._tenants(options["tenant"])
        if not (options["rebuild"] or options["check"]):
            self._refresh(tenants)
            return
        wrong = self._rebuild(tenants, change=options["rebuild"])
        if wrong and options["check"]:
            raise CommandError(f"the figures of {wrong} tenants differ from their raw rows; --rebuild mends them")

    def _refresh(self, tenants: list[Tenant]) -> None:
        days = rows = 0
        with Progress("tenants", total=len(tenants), stream=sys.stderr) as progress:
            for tenant in tenants:
                with tenant_scope(tenant.pk):
                    refresh = refresh_rollups(tenant_id=tenant.pk)
                days, rows = days + refresh.days, rows + refresh.rows
                progress.advance(1)
        self.stdout.write(f"{len(tenants)} tenants: {days} days counted, {rows} rollup rows changed")

    def _rebuild(self, tenants: list[Tenant], *, change: bool) -> int:
        """Count everything of some tenants; return how many of them had wrong figures."""
        count, days, wrong = rebuild_rollups if change else check_rollups, 0, 0
        with Progress("tenants", total=len(tenants), stream=sys.stderr) as progress:
            for tenant in tenants:
                with tenant_scope(tenant.pk):
                    found = count(tenant_id=tenant.pk)
                days += found.days
                if not found.is_exact:
                    wrong += 1
                    self.stdout.write(f"{tenant.slug}: {_differences(found)}")
                progress.advance(1)
        verdict = f"{wrong} tenants differed" if wrong else "no difference"
        self.stdout.write(f"{len(tenants)} tenants: {days} days counted from the raw rows, {verdict}")
        return wrong

    def _tenants(self, slug: str | None) -> list[Tenant]:
        if slug is None:
            return active_tenants()
        tenant = tenant_by_slug(slug)
        if tenant is None:
            raise CommandError(f"--tenant: there is no active tenant {slug!r}")
        return [tenant]


def _differences(found: Rebuild) -> str:
    named = ", ".join(day.isoformat() for day in found.wrong_days[:_DAYS_NAMED])
    more = len(found.wrong_days) - _DAYS_NAMED
    days = f"{named} and {more} more days" if more > 0 else named or "no day"
    return f"{days} and {found.wrong_sums} sums of days differed"
