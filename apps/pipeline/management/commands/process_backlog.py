"""`process_backlog`: take waiting reports all the way in this process, and say how long each step took."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.postgresql.statistics import ANALYZE_FROM_ROWS, analyze_tables
from apps.core.progress import Progress
from apps.pipeline import steps
from apps.pipeline.services import Backlog, process_backlog
from apps.reports.selectors import untriaged_count
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import active_tenants, tenant_by_slug


class Command(BaseCommand):
    """Work off what is behind."""

    help = (
        "Triage, group, clock and count whatever waits, in this process and with times; workers may run beside it. "
        "Useful after an import where no worker runs. Running it again does nothing more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant (default: every active tenant)")

    def handle(self, *args: Any, **options: Any) -> None:
        for tenant in self._tenants(options["tenant"]):
            self._process(tenant)

    def _tenants(self, slug: str | None) -> list[Tenant]:
        if slug is None:
            return active_tenants()
        tenant = tenant_by_slug(slug)
        if tenant is None:
            raise CommandError(f"--tenant: there is no active tenant {slug!r}")
        return [tenant]

    def _process(self, tenant: Tenant) -> None:
        with tenant_scope(tenant.pk):
            waiting = untriaged_count()
        bars: dict[str, Progress] = {}

        def show(step: str, done: int) -> None:
            if step not in bars:
                total = waiting if step == steps.TRIAGE else None
                bars[step] = Progress(
                    f"{tenant.slug}: {step.removeprefix('pipeline.')}", total=total, stream=sys.stderr
                )
            bars[step].advance(done - bars[step].done)

        if waiting >= ANALYZE_FROM_ROWS:
            analyze_tables("reports")
        try:
            backlog = process_backlog(tenant_id=tenant.pk, progress=show)
        finally:
            for bar in bars.values():
                bar.close()
        if backlog.placed >= ANALYZE_FROM_ROWS:
            analyze_tables("reports", "issues", "sla_clocks", "sla_metrics", "placements", "classifications")
        self.stdout.write(summary(tenant.slug, backlog))


def summary(slug: str, backlog: Backlog) -> str:
    """Return one line of what was done and how long each step took, in seconds."""
    times = ", ".join(f"{step.removeprefix('pipeline.')} {seconds:.1f} s" for step, seconds in backlog.seconds.items())
    done = f"{backlog.classified} reports classified, {backlog.placed} placed, {backlog.days} days counted"
    return f"{slug}: {done} ({times})"
