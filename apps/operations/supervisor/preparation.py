"""What has to be done before the processes start: schema, static files, metrics folder, and a city to look at."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from apps.core import metrics
from apps.operations.supervisor.connections import check_connections
from apps.operations.supervisor.output import LinePrinter
from apps.operations.supervisor.static_files import collect_static_files


def child_environment(var: Path) -> dict[str, str]:
    """Return the environment of every process: production's choices where the caller has made none."""
    return {
        "STATIC_HASHED": "true",
        "PROMETHEUS_MULTIPROC_DIR": str(var / "metrics"),
        # Celery's advice against root's privileges is right for production and noise on a laptop or in a container.
        "PYTHONWARNINGS": "ignore::Warning:celery.platforms",
        **os.environ,
        "PYTHONUNBUFFERED": "1",
    }


def prepare(*, var: Path, folder: Path, environment: Mapping[str, str], demo: bool) -> None:
    """Bring database and files up to date; every step is quick when there is nothing to do.

    A demo city is seeded into a database without a tenant, never in production.
    Errors: PreparationFailed, or what the commands raise.
    """
    printer = LinePrinter(sys.stdout)
    metrics.prepare_folder(Path(environment["PROMETHEUS_MULTIPROC_DIR"]))
    check_connections()
    call_command("migrate", interactive=False, verbosity=0)
    printer.line("run", "the database is up to date")
    if collect_static_files(folder=folder, environment=environment):
        printer.line("run", "static files are collected")
    if demo and not settings.PRODUCTION:
        call_command("seed_demo", if_empty=True)
