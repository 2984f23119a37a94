"""Measure the product against its targets."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.operations.benchmarks.database import NothingToMeasure, data_size, run_database_suite
from apps.operations.benchmarks.machine import usage
from apps.operations.benchmarks.results import Result, read_results, table, write_results

SUITES: dict[str, Callable[..., list[Result]]] = {"database": run_database_suite}


class Command(BaseCommand):
    """Run performance suites, print a table with PASS and FAIL, and write the figures as JSON.

    Figures depend on the machine and the data: compare within one run (value, limit, ratio), or with an earlier run
    on the same machine (`--compare`).
    """

    help = "Measure the product beside its limits; PASS or FAIL by target."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the suites and the outputs."""
        parser.add_argument("--all", action="store_true", help="every suite")
        parser.add_argument("--database", action="store_true", help="the four hot queries, beside psycopg")
        parser.add_argument("--calls", type=int, default=40, help="calls a thread and round (default 40)")
        parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (default 3)")
        parser.add_argument(
            "--output", type=Path, default=settings.VAR_DIR / "benchmark.json", help="JSON file to write"
        )
        parser.add_argument("--compare", type=Path, help="JSON file of an earlier run to compare with")
        parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed or the run is unfit")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the chosen suites."""
        chosen = [name for name in SUITES if options["all"] or options[name]]
        if not chosen:
            raise CommandError(f"choose a suite: --all, {', '.join('--' + name for name in SUITES)}")
        if min(options["calls"], options["rounds"]) < 1 or options["calls"] * options["rounds"] < 2:
            raise CommandError("--calls and --rounds must be at least 1, and together more than one call")
        try:
            earlier = read_results(options["compare"]) if options["compare"] else None
            with usage() as machine:
                results = [
                    result
                    for name in chosen
                    for result in SUITES[name](calls=options["calls"], rounds=options["rounds"])
                ]
        except (NothingToMeasure, ValueError) as error:
            raise CommandError(str(error)) from error
        write_results(results, options["output"])
        self.stdout.write(f"measured on {data_size()}")
        self.stdout.write(table(results, earlier))
        missed = [result.id for result in results if result.passed is False]
        if machine.foreign_share is not None:
            verdict = "fit" if machine.fit else "UNFIT: repeat on a quiet machine"
            self.stdout.write(f"other processes took {machine.foreign_share:.0%} of the CPU: {verdict}")
        self.stdout.write(f"{len(results) - len(missed)} of {len(results)} targets reached; {options['output']}")
        if options["strict"] and (missed or not machine.fit):
            raise CommandError(f"missed: {', '.join(missed) or 'none'}; machine fit: {machine.fit}")
