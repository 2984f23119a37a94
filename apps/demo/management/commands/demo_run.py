"""`manage.py demo_run`, which `make demo` calls: the main job once, with a real worker, in a throw-away database."""

import json
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.core.embedded.services import services_in_use
from apps.demo.city import CityOrder, plan_population
from apps.demo.errors import DemoRefused, StageStuck
from apps.demo.main_job import Summary, run_main_job
from apps.demo.throwaway import throwaway_environment
from apps.demo.worker import running_worker, tethered
from apps.tenants.models import Tenant

_HELP = """\
The main job once: an invented city's reports are stored, a Celery worker triages them, groups them into issues, runs
their clocks and counts their days, staff act on some, and the dashboard's figures are compared with the raw rows.

Everything happens in a database of its own that is dropped at the end; the embedded servers are started if need be.
Writes demo-summary.json below WARDLINE_VAR (default var/). Exits 0 only if every stage did its work.
"""
_CHILD_PATIENCE_SECONDS = 20.0


class Command(BaseCommand):
    """Run the main job from end to end and say whether every stage did its work."""

    help = _HELP
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the help's lines as they are written."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reports", type=int, default=3_000, help="reports of the past (3000)")
        parser.add_argument("--issues", type=int, default=1_100, help="problems that they are about (1100)")
        parser.add_argument("--live", type=int, default=36, help="reports that come in while it runs (36)")
        parser.add_argument("--seed", type=int, default=311, help="another number invents another city (311)")
        parser.add_argument(
            "--in-place",
            action="store_true",
            help="work in the database that the settings name, which must have no tenant, and leave it as it becomes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["in_place"]:
                self._run_here(options)
            else:
                self._run_apart(options)
        except (DemoRefused, StageStuck) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            # 130 is the shell's word for Ctrl-C; whatever was begun has been ended on the way here.
            raise CommandError("interrupted; nothing is left behind", returncode=130) from None

    def _run_apart(self, options: dict[str, Any]) -> None:
        """Run the job in a process of its own, whose settings know the throw-away database and nothing else."""
        signal.signal(signal.SIGTERM, _leave)
        arguments = [f"--{name}={options[name]}" for name in ("reports", "issues", "live", "seed")]
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        command = [*tethered(settings.BASE_DIR), *manage, "demo_run", "--in-place", *arguments]
        var: Path = settings.VAR_DIR
        with services_in_use(var), throwaway_environment(var) as environment:
            child = subprocess.Popen(command, env=environment)  # noqa: S603 - ourselves
            try:
                code = child.wait()
            except BaseException:
                # Ctrl-C has reached the child too; it stops its worker before the database is dropped.
                child.terminate()
                _wait_for(child)
                raise
        if code:
            raise CommandError("the main job did not get through; see above", returncode=1)

    def _run_here(self, options: dict[str, Any]) -> None:
        signal.signal(signal.SIGTERM, _leave)
        began = time.monotonic()
        call_command("migrate", interactive=False, verbosity=0)
        if Tenant.objects.exists():
            raise DemoRefused("--in-place", "the database has tenants; this is for an empty one")
        migrated = time.monotonic() - began
        self._say(f"the database is ready after {migrated:.1f} s")
        with running_worker(folder=settings.BASE_DIR, var=settings.VAR_DIR) as log:
            summary = run_main_job(
                order=_order(options),
                seed=options["seed"],
                live=options["live"],
                last_words=log.last_lines,
                say=self._say,
            )
        summary.seconds = {"migrate": round(migrated, 2), **summary.seconds}
        path = write_summary(summary, settings.VAR_DIR)
        self.stdout.write(table(summary))
        self.stdout.write(f"written to {path}")
        if found := summary.problems():
            raise CommandError("not every stage did its work: " + "; ".join(found))

    def _say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()


def _order(options: dict[str, Any]) -> CityOrder:
    try:
        return plan_population(seed=options["seed"], tenants=1, problems=options["issues"], reports=options["reports"])[
            0
        ]
    except ValueError as error:
        raise DemoRefused("reports, issues", str(error)) from error


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    # As an exception, so that everything that was begun is also ended.
    raise SystemExit(128 + number)


def _wait_for(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(_CHILD_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def write_summary(summary: Summary, var: Path) -> Path:
    """Write the summary as JSON: the counts at the top, the rest by subject; return the file's path."""
    values = asdict(summary)
    path = var / "demo-summary.json"
    path.write_text(json.dumps({**values.pop("counts"), **values}, indent=2) + "\n", encoding="utf-8")
    return path


def table(summary: Summary) -> str:
    """Return the summary as lines for people."""
    triage, grouping = summary.triage, summary.grouping
    lines = [
        *(f"  {name:<14}{count:>10,}" for name, count in summary.counts.items()),
        "  dashboard     " + ", ".join(f"{name} {count:,}" for name, count in summary.dashboard.items()),
        f"  triage        category {triage['category']:.1%}, severity {triage['severity']:.1%} as in truth",
        f"  grouping      precision {grouping['precision']:.1%}, recall {grouping['recall']:.1%} of pairs",
        "  seconds       " + ", ".join(f"{name} {spent:g}" for name, spent in summary.seconds.items()),
    ]
    return "\n".join(lines)
