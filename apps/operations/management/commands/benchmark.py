"""Measure the product against its targets."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core import metrics
from apps.core.embedded.errors import EmbeddedServerError
from apps.core.embedded.services import services_in_use
from apps.operations.benchmarks.figures import SUITES, Figure, Run, chosen_figures, known_families, measure
from apps.operations.benchmarks.load.requests import Address
from apps.operations.benchmarks.machine import Usage, usage
from apps.operations.benchmarks.results import is_worse, read_results, table, write_results
from apps.operations.benchmarks.stage import QUICK, WEB_WORKERS, Plan, Stage
from apps.operations.benchmarks.subjects import DataMissing, DataSize, Subject, current_subject, own_subject

_HELP = """\
Measure the product beside its limits, in turns, and say PASS or FAIL by target.

  manage.py benchmark --all                            on the data of the current database
  manage.py benchmark --all --reports 1000000          in a database of its own, with a tenth beside it for R8
  manage.py benchmark --all --quick                    small and short: does everything work?
  manage.py benchmark --api --only R3,R4 --compare var/benchmark.json
"""
_DEFAULT_TENANTS = 50
_PLANNED = ("rounds", "seconds", "connections", "users", "calls")


class Command(BaseCommand):
    """Run performance suites, print a table with PASS and FAIL, and write the figures as JSON.

    Figures depend on the machine and the data: compare within one run (value, limit, ratio), or with an earlier run
    on the same machine (`--compare`). Exits 1 when a figure could not be measured; a missed target fails the command
    only with `--strict`.
    """

    help = _HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the help's lines as they are written."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the suites, the data, the load and the outputs."""
        parser.add_argument("--all", action="store_true", help="every suite")
        parser.add_argument("--database", action="store_true", help="the four hot queries beside psycopg; exports")
        parser.add_argument("--api", action="store_true", help="lists, an issue, deep pages, the dashboard over HTTP")
        parser.add_argument("--cache", action="store_true", help="invalidation, stampedes, hit rate of a mixture")
        parser.add_argument("--concurrent", action="store_true", help="pool, many clients, consistency under writes")
        parser.add_argument("--only", default="", metavar="R3,R4", help="these figures of the chosen suites")
        self._add_data(parser)
        self._add_load(parser)
        parser.add_argument(
            "--output", "--json", type=Path, default=settings.VAR_DIR / "benchmark.json", help="JSON file to write"
        )
        parser.add_argument("--compare", type=Path, help="JSON file of an earlier run to compare with")
        parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed or the run is unfit")

    def _add_data(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reports", type=int, help="measure in a database of its own with so many reports")
        parser.add_argument("--issues", type=int, help="issues in it (a tenth of the reports)")
        parser.add_argument("--tenants", type=int, help=f"tenants in it ({_DEFAULT_TENANTS})")
        parser.add_argument("--no-growth", action="store_true", help="without a tenth of the data beside it, and R8")
        parser.add_argument("--fresh", action="store_true", help="make the data of its own anew")
        parser.add_argument("--base-url", metavar="URL", help="a product that runs already, on the current database")

    def _add_load(self, parser: ArgumentParser) -> None:
        plan = Plan()
        parser.add_argument("--rounds", type=int, help=f"rounds, of which the median counts ({plan.rounds})")
        parser.add_argument("--seconds", type=float, help=f"seconds a turn, two turns a round ({plan.seconds:g})")
        parser.add_argument("--connections", type=int, help=f"connections over HTTP ({plan.connections})")
        parser.add_argument("--users", type=int, help=f"simulated users, a key each ({plan.users})")
        parser.add_argument("--calls", type=int, help=f"calls of a query by each thread in a round ({plan.calls})")
        parser.add_argument("--log-level", default=plan.log_level, help=f"of the servers ({plan.log_level})")
        parser.add_argument("--quick", action="store_true", help="little of everything: figures mean nothing then")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the chosen suites."""
        base_url = _address(options["base_url"])
        figures = _figures(options, over_http=base_url is not None)
        plan = _plan(options)
        try:
            earlier = read_results(options["compare"]) if options["compare"] else None
            with self._stage(options, plan, base_url) as stage, usage() as machine:
                size = stage.worker(stage.large).call("data_size")
                run = measure(figures, stage, only=_families(options))
        except (DataMissing, EmbeddedServerError, ValueError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            # 130 is the shell's word for Ctrl-C; servers are stopped and keys revoked on the way here.
            raise CommandError("interrupted", returncode=130) from None
        write_results(run.results, options["output"])
        self.stdout.write(f"\nmeasured on {stage.large.name}: {size}")
        self.stdout.write(
            f"gunicorn, {WEB_WORKERS} workers of {settings.WEB_THREADS} threads, {plan.connections} connections; key "
            f"check, row-level security, rate limits, ETag and metrics on, silk off, logs from {plan.log_level} up"
        )
        self.stdout.write(table(run.results, earlier))
        self._conclude(run, machine, options)
        if earlier is not None:
            worse = [found.id for found in run.results if is_worse(found, earlier.get(found.id))]
            self.stdout.write(f"worse by more than a tenth: {', '.join(worse) or 'nothing'}")

    @contextmanager
    def _stage(self, options: dict[str, Any], plan: Plan, base_url: Address | None) -> Iterator[Stage]:
        """Have the servers and the data there."""
        var: Path = settings.VAR_DIR
        logs = var / "benchmark"
        logs.mkdir(parents=True, exist_ok=True)
        metrics.prepare_folder(logs / "metrics")
        with services_in_use(var):
            large, small = self._subjects(options)
            folder: Path = settings.BASE_DIR
            with Stage(plan, large, small, folder=folder, logs=logs, say=self._say, base_url=base_url) as stage:
                yield stage

    def _subjects(self, options: dict[str, Any]) -> tuple[Subject, Subject | None]:
        size = _size(options)
        if size is None:
            return current_subject(), None
        large = own_subject(size, number=0, fresh=options["fresh"], say=self._say)
        if options["no_growth"]:
            return large, None
        return large, own_subject(size.tenth(), number=1, fresh=options["fresh"], say=self._say)

    def _conclude(self, run: Run, machine: Usage, options: dict[str, Any]) -> None:
        """Say what was reached; raise CommandError for what broke, and with --strict for what was missed."""
        missed = [found.id for found in run.results if found.passed is False]
        judged = [found for found in run.results if found.passed is not None]
        if machine.foreign_share is not None:
            fit = "fit" if machine.fit else "UNFIT: repeat on a quiet machine"
            self.stdout.write(f"other processes took {machine.foreign_share:.0%} of the CPU: {fit}")
        self.stdout.write(f"{len(judged) - len(missed)} of {len(judged)} targets reached; {options['output']}")
        if run.broken:
            raise CommandError("could not be measured: " + "; ".join(run.broken))
        if options["strict"] and (missed or not machine.fit):
            raise CommandError(f"missed: {', '.join(missed) or 'none'}; machine fit: {machine.fit}")

    def _say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()


def _figures(options: dict[str, Any], *, over_http: bool) -> list[Figure]:
    suites = [name for name in SUITES if options["all"] or options[name]]
    if not suites:
        raise CommandError(f"choose a suite: --all, {', '.join('--' + name for name in SUITES)}")
    families = _families(options)
    if unknown := [name for name in families if name not in known_families()]:
        raise CommandError(f"--only: {unknown[0]} is not one of {', '.join(known_families())}")
    figures = chosen_figures(suites, families, over_http=over_http)
    if not figures:
        raise CommandError("--only: none of these figures belongs to the chosen suites")
    return figures


def _families(options: dict[str, Any]) -> list[str]:
    return [name.strip().upper() for name in options["only"].split(",") if name.strip()]


def _plan(options: dict[str, Any]) -> Plan:
    given = {name: options[name] for name in _PLANNED if options[name] is not None}
    for name, value in given.items():
        if value <= 0:
            raise CommandError(f"--{name} must be more than 0")
    return replace(QUICK if options["quick"] else Plan(), log_level=options["log_level"], **given)


def _size(options: dict[str, Any]) -> DataSize | None:
    """Return the size of the data of its own that is asked for, None for the current database."""
    reports, issues, tenants = options["reports"], options["issues"], options["tenants"]
    if reports is None:
        if issues is not None or tenants is not None:
            raise CommandError("--issues and --tenants say how the data of --reports is made")
        return None
    if options["base_url"]:
        raise CommandError("--base-url measures a product on the current database: leave out --reports")
    size = DataSize(reports, reports // 10 if issues is None else issues, tenants or _DEFAULT_TENANTS)
    if min(size.reports, size.issues, size.tenants) < 1:
        raise CommandError("--reports, --issues and --tenants must be at least 1")
    return size


def _address(url: str | None) -> Address | None:
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise CommandError(f"--base-url: {url!r} is not like http://127.0.0.1:8000")
    return Address(parts.hostname, parts.port or 80)
