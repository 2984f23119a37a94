"""Start and stop a server under test: all of them by config/gunicorn.py, so that only the application differs."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from apps.operations.benchmarks.load.requests import Address, ask, request
from apps.operations.supervisor import tether
from apps.operations.supervisor.listening import listen

_FIRST_ANSWER_SECONDS = 120.0
_STOP_SECONDS = 15.0


class ServerFailed(RuntimeError):
    """A server did not come up; the message has its log's last lines."""


@dataclass(frozen=True, slots=True)
class Application:
    """What gunicorn runs; `module` None is the product itself. `settings` is the settings module."""

    name: str
    module: str | None = None
    settings: str = "config.settings"


PRODUCT = Application("product")
BARE = Application(
    "bare view",
    # Called by gunicorn: config.wsgi would bring the product's fast lane.
    module="django.core.wsgi:get_wsgi_application()",
    settings="apps.operations.benchmarks.servers.bare_settings",
)
STOCK = Application("stock viewset", module="apps.operations.benchmarks.servers.stock_wsgi:application")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `workers` are its processes."""

    name: str
    address: Address
    workers: tuple[int, ...]


@contextmanager
def serving(
    application: Application, *, environment: Mapping[str, str], workers: int, folder: Path, log: Path
) -> Iterator[Server]:
    """Have the application served on a free port of this machine for the length of the block.

    Workers are not restarted after so many requests, as they are in production: half of a round's seconds may fall
    into a restart, or none. Errors: ServerFailed.
    """
    with listen("127.0.0.1", 0) as listener, log.open("ab") as output:
        arguments = ["--bind", f"fd://{listener.fileno()}", "--workers", str(workers), "--max-requests", "0"]
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", *arguments]
        process = subprocess.Popen(  # noqa: S603 - our own table of applications
            [sys.executable, "-I", "-S", str(tether.__file__), *command, *filter(None, [application.module])],
            cwd=folder,
            env={**environment, "DJANGO_SETTINGS_MODULE": application.settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(listener.fileno(),),
        )
        address = Address(*listener.getsockname()[:2])
        try:
            _wait_until_up(process, address, workers=workers, log=log)
            yield Server(application.name, address, _children(process.pid))
        finally:
            _stop(process)


def _wait_until_up(process: "subprocess.Popen[bytes]", address: Address, *, workers: int, log: Path) -> None:
    deadline = time.monotonic() + _FIRST_ANSWER_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            # 404 and 401 are answers, too: the applications have no path in common.
            if ask(address, request("/health/live")).status and len(_children(process.pid)) >= workers:
                return
        except OSError:
            pass
        time.sleep(0.1)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise ServerFailed(f"the server did not come up; the end of {log}:\n{last}")


def _children(pid: int) -> tuple[int, ...]:
    try:
        return tuple(child.pid for child in psutil.Process(pid).children())
    except psutil.Error:
        return ()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for child in _children(process.pid):
            psutil.Process(child).kill()
        process.kill()
        process.wait()
