"""`manage.py seed_demo`: invented cities, at any size."""

import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from apps.core import clock
from apps.core.progress import Progress
from apps.demo.city import CityOrder, plan_population
from apps.demo.errors import DemoRefused
from apps.demo.services import SeededCity, check_cities, seed_city
from apps.pipeline.services import process_backlog
from apps.tenants.models import Tenant

_HELP = """\
Invent cities and what their citizens report: deterministic, synthetic, stored by COPY.

Reports are historic: they carry their own times over the two years before --until, and their own statuses. Several
citizens report one problem in their own words; what each report is really about is kept in demo_truths. Sizes of
tenants follow Zipf's law. Then the pipeline works through them: triage, issues, clocks, rollups.

The same arguments give the same cities on every machine. Repeating adds nothing, a larger number adds the difference.

  manage.py seed_demo                                      two cities to look at
  manage.py seed_demo --reports 1000000 --issues 100000 --tenants 50 --no-pipeline
"""
_ROWS_WORTH_ANALYZING = 5_000  # below, any plan is quick
_BULK_TABLES = "reports, demo_truths, services"


class Command(BaseCommand):
    """Seed invented cities and work off what they report."""

    help = _HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the help's lines as they are written."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reports", type=int, default=8_000, help="reports of all cities together (8000)")
        parser.add_argument("--issues", type=int, default=3_000, help="problems that they are about (3000)")
        parser.add_argument("--tenants", type=int, default=2, help="cities (2)")
        parser.add_argument("--seed", type=int, default=311, help="another number invents other cities (311)")
        parser.add_argument("--until", metavar="YYYY-MM-DD", help="the cities' present, at 00:00 UTC (today)")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is a tenant already")
        parser.add_argument("--no-pipeline", action="store_true", help="leave the reports waiting for triage")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Tenant.objects.exists():
            self.stdout.write("there is a tenant already: nothing seeded")
            return
        try:
            until = _midnight(options["until"])
            orders = _plan(options)
            check_cities(orders=orders, seed=options["seed"], until=until)
            cities = self._seed(orders, options["seed"], until)
        except DemoRefused as error:
            raise CommandError(str(error)) from error
        if not options["no_pipeline"]:
            for city in cities:
                self._process(city)

    def _seed(self, orders: list[CityOrder], seed: int, until: datetime | None) -> list[SeededCity]:
        started = time.perf_counter()
        total = sum(order.reports for order in orders)
        with Progress("seed", total=total, unit="reports") as progress:
            cities = [seed_city(order=order, seed=seed, until=until, progress=progress.advance) for order in orders]
        stored = sum(city.stored for city in cities)
        seconds = time.perf_counter() - started
        known = "" if stored == total else "; the others were there already"
        self.stdout.write(f"stored {stored:,} of {total:,} reports in {seconds:.1f} s{known}")
        for city in cities:
            self.stdout.write(
                f"  {city.slug}: {city.reports:,} reports of {city.problems:,} problems until {city.until:%Y-%m-%d}"
            )
        if stored >= _ROWS_WORTH_ANALYZING:
            with connections["owner"].cursor() as cursor:
                # The planner knows nothing of tables that were empty a moment ago, and autovacuum comes by each minute.
                cursor.execute(f"ANALYZE {_BULK_TABLES}")
        return cities

    def _process(self, city: SeededCity) -> None:
        with Progress(f"{city.slug}: triage, group, roll up", unit="steps of work") as progress:
            last: dict[str, int] = {}

            def heard(step: str, done: int) -> None:
                progress.advance(done - last.get(step, 0))
                last[step] = done

            backlog = process_backlog(tenant_id=city.tenant_id, progress=heard)
        seconds = ", ".join(f"{step.rpartition('.')[2]} {spent:.1f} s" for step, spent in backlog.seconds.items())
        self.stdout.write(
            f"  {city.slug}: {backlog.classified:,} classified, {backlog.placed:,} placed, "
            f"{backlog.days:,} days counted ({seconds})"
        )


def _plan(options: dict[str, Any]) -> list[CityOrder]:
    for name in ("reports", "issues", "tenants"):
        if options[name] < 1:
            raise DemoRefused(name, f"{options[name]} is less than 1")
    try:
        return plan_population(
            seed=options["seed"], tenants=options["tenants"], problems=options["issues"], reports=options["reports"]
        )
    except ValueError as error:
        raise DemoRefused("reports, issues, tenants", str(error)) from error


def _midnight(day: str | None) -> datetime | None:
    if day is None:
        return None
    try:
        until = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise DemoRefused("until", f"{day!r} is not a day such as 2026-03-31") from None
    if until > clock.now() + timedelta(days=1):
        raise DemoRefused("until", f"{day} is in the future")
    return until
