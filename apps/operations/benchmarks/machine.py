"""Was the machine ours while we measured? Read from Linux's /proc; elsewhere the answer is not known."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django_redis import get_redis_connection

# PERFORMANCE.md: a run during which others took more than this share of the CPU is unfit.
UNFIT_SHARE = 0.05
_PROC = Path("/proc")


@dataclass(slots=True)
class Usage:
    """CPU seconds while measuring: of the whole machine's cores, busy in all, and busy for us."""

    available: float = 0.0
    busy: float = 0.0
    ours: float = 0.0

    @property
    def foreign_share(self) -> float | None:
        """The share of the machine that others took, 0 to 1; None where it cannot be known."""
        return max(self.busy - self.ours, 0.0) / self.available if self.available else None

    @property
    def fit(self) -> bool:
        """Whether the figures may be used."""
        return self.foreign_share is None or self.foreign_share <= UNFIT_SHARE


@contextmanager
def usage() -> Iterator[Usage]:
    """Fill in the usage of the block when it ends; the servers that work for us count as ours."""
    found = Usage()
    if not (_PROC / "stat").exists():
        yield found
        return
    roots = server_processes()
    available, busy = _machine_seconds()
    servers = _server_seconds(roots)
    ours = _own_seconds()
    yield found
    available_now, busy_now = _machine_seconds()
    servers_now = _server_seconds(roots)
    found.available, found.busy = available_now - available, busy_now - busy
    # A server process that has come or gone in between counts from its start, or not at all.
    serving = sum(max(seconds - servers.get(pid, 0.0), 0.0) for pid, seconds in servers_now.items())
    found.ours = serving + _own_seconds() - ours


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _machine_seconds() -> tuple[float, float]:
    fields = [int(field) for field in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    ticks = os.sysconf("SC_CLK_TCK")
    idle = fields[3] + fields[4]
    return sum(fields) / ticks, (sum(fields) - idle) / ticks


def server_processes() -> set[int]:
    """Return our PostgreSQL's and our Redis's main processes, as far as they run on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = _process(cursor.fetchone()[0])
    redis = _process(get_redis_connection("default").info("server")["process_id"])
    found = set()
    # A number that means another process here belongs to a server elsewhere.
    if backend is not None and backend.name.startswith("postgres"):
        found.add(backend.parent)
    if redis is not None and redis.name.startswith(("valkey", "redis")):
        found.add(redis.pid)
    return found


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    name: str
    parent: int
    seconds: float


def _process(pid: int) -> _Process | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The name stands in brackets and may hold anything, brackets too.
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    return _Process(pid, name, int(fields[1]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))


def _server_seconds(roots: set[int]) -> dict[int, float]:
    pids = [int(folder.name) for folder in _PROC.iterdir() if folder.name.isdigit()]
    processes = [process for pid in pids if (process := _process(pid)) is not None]
    return {process.pid: process.seconds for process in processes if {process.pid, process.parent} & roots}
