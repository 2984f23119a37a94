"""`manage.py services start|stop|status|remove`: the embedded PostgreSQL and Valkey, by hand."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.embedded.errors import EmbeddedServerError
from apps.core.embedded.services import (
    Server,
    embedded_servers,
    ensure_services,
    keep_services,
    remove_services,
    replacing_variable,
    services_status,
    stop_services,
)

_HELP = """\
Start, stop or look at this clone's own PostgreSQL and Valkey.

  start    starts what does not run yet, and keeps it running until `stop`
  stop     stops both, and clears what killed servers left behind; the data stays
  status   says for each whether it runs, its process, socket, data folder and log;
           exits 1 unless all that are needed answer
  remove   stops both and deletes their data for good

Data lives below WARDLINE_VAR (default: var/). There is no TCP port: both listen on Unix sockets, so that two clones
never meet. DATABASE_URL or REDIS_URL in the environment take the place of the embedded server, which is then not
started. `make run`, `make demo` and `make test` start the servers by themselves.
"""


class Command(BaseCommand):
    """Start, stop or look at the embedded servers; no database is touched before they run."""

    help = _HELP
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the help's lines as they are written."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("start", "stop", "status", "remove"))
        parser.add_argument(
            "--fsync-off",
            action="store_true",
            help="start faster and less safe: survives a killed server, not a power cut (for tests)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        var: Path = settings.VAR_DIR
        needed = embedded_servers()
        for server in Server:
            if server not in needed:
                self.stderr.write(f"{replacing_variable(server)} is set: the embedded {server} is not used")
        try:
            if options["action"] == "start":
                self._start(var, durable=not options["fsync_off"])
            elif options["action"] == "stop":
                self._stop(var)
            elif options["action"] == "remove":
                for folder in remove_services(var):
                    self.stdout.write(f"deleted {folder}")
            else:
                self._status(var, needed)
        except EmbeddedServerError as error:
            raise CommandError(str(error)) from error

    def _start(self, var: Path, *, durable: bool) -> None:
        result = ensure_services(var, durable=durable)
        if embedded_servers():
            keep_services(var)
        for server in embedded_servers():
            self.stdout.write(f"{server}: {'started' if server in result.started else 'was running'}")

    def _stop(self, var: Path) -> None:
        stopped = stop_services(var)
        for server in Server:
            self.stdout.write(f"{server}: {'stopped' if server in stopped else 'was not running'}")

    def _status(self, var: Path, needed: tuple[Server, ...]) -> None:
        found = services_status(var)
        for status in found:
            state = f"running, process {status.pid}" if status.pid else "not running"
            if status.pid and not status.answers:
                state += ", does not answer"
            self.stdout.write(f"{status.server}: {state}")
            for name, path in (("socket", status.socket), ("data", status.data), ("log", status.log)):
                self.stdout.write(f"    {name:<7}{path}")
        if any(not status.answers for status in found if status.server in needed):
            raise CommandError("not every server that is needed answers: `manage.py services start`", returncode=1)
