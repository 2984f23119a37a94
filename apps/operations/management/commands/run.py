"""`manage.py run`: the whole product on one machine, under one Ctrl-C."""

import os
import signal
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from apps.core.embedded.errors import EmbeddedServerError
from apps.core.embedded.services import services_in_use
from apps.operations.errors import AlreadyRunning, PortTaken, PreparationFailed
from apps.operations.supervisor.child import Child
from apps.operations.supervisor.children import children
from apps.operations.supervisor.credentials import Credentials, first_visitor, password_works
from apps.operations.supervisor.family import Family
from apps.operations.supervisor.instance import RunNote, forget, only_instance, write_note
from apps.operations.supervisor.listening import listen
from apps.operations.supervisor.output import LinePrinter
from apps.operations.supervisor.preparation import child_environment, prepare
from apps.operations.supervisor.servers import ServerWatch
from apps.operations.supervisor.welcome import answers, welcome

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FIRST_ANSWER_SECONDS = 120.0


class Command(BaseCommand):
    """Prepare the database, static files and a demo city, then run web, worker and beat until Ctrl-C.

    Embedded PostgreSQL and Valkey are started where no URL replaces them, and stopped at the end unless somebody else
    uses them. A process that dies is started again; a second Ctrl-C kills instead of waiting.
    """

    help = (
        "Run web, worker and beat under one Ctrl-C, with embedded PostgreSQL and Valkey where DATABASE_URL or "
        "REDIS_URL name no others. On the first start a demo city is made; the administrator's generated password and "
        "an API key are printed, and kept in var/credentials.json."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port",
            default=os.environ.get("WARDLINE_PORT", ""),
            help="default: WARDLINE_PORT, or 8000 or the next free",
        )
        parser.add_argument("--bind", default="127.0.0.1", help="address to listen on; see ALLOWED_HOSTS for others")
        parser.add_argument("--no-demo", action="store_true", help="make no demo city on the first start")

    def handle(self, *args: Any, **options: Any) -> None:
        port = _port(options["port"])
        printer = LinePrinter(sys.stdout)
        var: Path = settings.VAR_DIR
        try:
            with _interruptible(), only_instance(var), services_in_use(var) as services:
                environment = child_environment(var)
                prepare(var=var, folder=settings.BASE_DIR, environment=environment, demo=not options["no_demo"])
                visitor = None if settings.PRODUCTION else first_visitor(var)
                known = visitor is not None and password_works(visitor)
                _close_connections()
                with listen(options["bind"], port) as listener:
                    address = listener.getsockname()
                    url = f"http://{'localhost' if options['bind'] == '127.0.0.1' else address[0]}:{address[1]}"
                    specs = children(listening_fd=listener.fileno(), var=var)
                    watch = ServerWatch(services=services, printer=printer)
                    family = Family(
                        children=[Child(spec, settings.BASE_DIR, environment, printer) for spec in specs],
                        printer=printer,
                        on_start=lambda groups: write_note(var, RunNote(os.getpid(), url, tuple(groups))),
                        on_look=watch.look,
                    )
                    _greet_when_up(url, visitor, password_known=known)
                    _run(family, var, printer)
        except KeyboardInterrupt:
            printer.line("run", "stopped before everything was up")
        except (AlreadyRunning, PortTaken, PreparationFailed, EmbeddedServerError) as error:
            raise CommandError(str(error)) from error


def _port(text: str) -> int | None:
    """Return the port asked for, None for any; raises CommandError naming the setting."""
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise CommandError(f"WARDLINE_PORT={text!r} must be a port number from 1 to 65535")
    return int(text)


def _run(family: Family, var: Path, printer: LinePrinter) -> None:
    """Watch the family until a signal comes; a second one ends the patience."""

    def stop(number: int, frame: FrameType | None) -> None:
        if family.stop.is_set():
            family.stop_at_once.set()
            return
        forget(var)
        family.stop.set()

    with _signals(stop):
        family.watch()
    printer.line("run", "stopped")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the preparation as Ctrl-C does: in order, servers included."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _signals(interrupt):
        yield


@contextmanager
def _signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _STOPPING}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _close_connections() -> None:
    """Give up the preparation's connections: the supervisor needs none from here on."""
    connections.close_all()
    for connection in connections.all(initialized_only=True):
        close_pool = getattr(connection, "close_pool", None)
        if close_pool is not None:
            close_pool()


def _greet_when_up(url: str, visitor: Credentials | None, *, password_known: bool) -> None:
    """Print the way in once the web server answers, in the background."""

    def greet() -> None:
        state = answers(url, timeout_seconds=_FIRST_ANSWER_SECONDS)
        sys.stdout.write(welcome(url, visitor, state=state, password_known=password_known))
        sys.stdout.flush()

    threading.Thread(target=greet, name="greeting", daemon=True).start()
