"""`manage.py seed_demo`: invented cities, at any size."""

import os
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from apps.core import clock
from apps.core.progress import Progress
from apps.demo.city import CityOrder, plan_population
from apps.demo.crew import CrewFailed, Heard
from apps.demo.errors import DemoRefused
from apps.demo.services import SeededCity, check_cities, seed_city, seed_finished_cities
from apps.pipeline.services import process_backlog
from apps.tenants.models import Tenant

_HELP = """\
Invent cities and what their citizens report: deterministic, synthetic, stored by COPY.

Reports lie in the two years before --until, with their own times and statuses. Several citizens report one problem in
their own words. Sizes of tenants follow Zipf's law. The same arguments give the same cities on every machine.

There are three ways, by the number of reports unless you say which:

  --pipeline     (below 50,000 reports) reports wait, and the pipeline works through them: triage, issues, clocks,
                 rollups. What each report is really about is kept in demo_truths. Repeating adds nothing, larger
                 numbers add the difference.
  --finished     (from 50,000 reports on) everything is written as if the product had worked on it for two years:
                 classified reports on their issues, timelines, comments, ledgers; texts are read for search, the
                 SLA engine starts the clocks, figures are counted, tables vacuumed and analysed. --issues is exact.
                 Some minutes for a million reports. Repeating adds nothing; an interrupted run is taken up by the
                 same command. Such cities do not grow. They bear other names than the first fourteen of the other
                 ways, so that both can share a database.
  --no-pipeline  reports wait for triage and are left waiting, whatever their number.

  manage.py seed_demo                                                      two cities to look at
  manage.py seed_demo --tenants 50 --reports 1000000 --issues 100000       data at scale
"""
_FINISHED_FROM_REPORTS = 50_000  # the pipeline takes some minutes for as many
# The first names go to cities to look at, which `make run` seeds; see city.names.
_FINISHED_FIRST_CITY = 14
# Each keeps a core busy half of the time, and PostgreSQL another; the largest city is a fifth of all, so that more than
# four would wait for it.
_PROCESSES = min(4, os.cpu_count() or 1)
_ROWS_WORTH_ANALYZING = 5_000  # below, any plan is quick
_BULK_TABLES = "reports, demo_truths, services"


class Command(BaseCommand):
    """Seed invented cities: finished, or for the pipeline to work through."""

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
        parser.add_argument(
            "--workers",
            type=int,
            default=_PROCESSES,
            help=f"processes of --finished ({_PROCESSES}: one a core, 4 at most)",
        )
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--finished", action="store_true", help="write everything finished, whatever the size")
        ways.add_argument("--pipeline", action="store_true", help="work through all reports, whatever the size")
        ways.add_argument("--no-pipeline", action="store_true", help="leave the reports waiting for triage")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Tenant.objects.exists():
            self.stdout.write("there is a tenant already: nothing seeded")
            return
        try:
            until = _midnight(options["until"])
            if _is_finished(options):
                self._write_finished(_plan(options, first_city=_FINISHED_FIRST_CITY), options, until)
            else:
                self._seed_for_pipeline(_plan(options), options, until)
        except (DemoRefused, CrewFailed) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            # 130: what a shell reports for a program that Ctrl-C ended.
            raise CommandError("interrupted; the same command takes it up again", returncode=130) from None

    def _write_finished(self, orders: list[CityOrder], options: dict[str, Any], until: datetime | None) -> None:
        started = time.perf_counter()
        done = seed_finished_cities(
            orders=orders,
            seed=options["seed"],
            until=until,
            now=clock.now(),
            workers=options["workers"],
            stage=_stage,
        )
        total = sum(order.reports for order in orders)
        known = "" if done.reports == total else "; the others were there already"
        seconds = ", ".join(f"{name} {spent:.1f} s" for name, spent in done.seconds.items())
        self.stdout.write(
            f"wrote {done.reports:,} of {total:,} reports{known}; started the clocks of {done.issues:,} issues; "
            f"{len(orders)} cities in {time.perf_counter() - started:.1f} s ({seconds})"
        )

    def _seed_for_pipeline(self, orders: list[CityOrder], options: dict[str, Any], until: datetime | None) -> None:
        check_cities(orders=orders, seed=options["seed"], until=until)
        cities = self._seed(orders, options["seed"], until)
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


@contextmanager
def _stage(name: str, total: int, unit: str) -> Iterator[Heard]:
    with Progress(name, total=total, unit=unit) as progress:
        yield progress.advance


def _is_finished(options: dict[str, Any]) -> bool:
    if options["pipeline"] or options["no_pipeline"]:
        return False
    return bool(options["finished"]) or options["reports"] >= _FINISHED_FROM_REPORTS


def _plan(options: dict[str, Any], *, first_city: int = 0) -> list[CityOrder]:
    for name in ("reports", "issues", "tenants", "workers"):
        if options[name] < 1:
            raise DemoRefused(name, f"{options[name]} is less than 1")
    try:
        return plan_population(
            seed=options["seed"],
            tenants=options["tenants"],
            problems=options["issues"],
            reports=options["reports"],
            first_city=first_city,
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
