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
    """Fill in the usage of the block when it ends.

    Ours is this process with everything that it has started (servers under test, load generator, workers), and the
    PostgreSQL and Redis that work for us.
    """
    found = Usage()
    if not (_PROC / "stat").exists():
        yield found
        return
    roots = {os.getpid(), *server_processes()}
    available, busy = _machine_seconds()
    ours = _family_seconds(roots)
    yield found
    available_now, busy_now = _machine_seconds()
    found.available, found.busy = available_now - available, busy_now - busy
    found.ours = _family_seconds(roots) - ours


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
    """A process; `seconds` of CPU are its own and those of its children that have ended."""

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
    seconds = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return _Process(pid, name, int(fields[1]), seconds)


def _family_seconds(roots: set[int]) -> float:
    """Return the CPU seconds of these processes and all their descendants, ended ones included.

    A process that ends hands its seconds to its parent, so that the sum never falls.
    """
    pids = [int(folder.name) for folder in _PROC.iterdir() if folder.name.isdigit()]
    processes = {pid: process for pid in pids if (process := _process(pid)) is not None}
    return sum(process.seconds for process in processes.values() if _descends(process, processes, roots))


def _descends(process: _Process, processes: dict[int, _Process], roots: set[int]) -> bool:
    found: _Process | None = process
    while found is not None:
        if found.pid in roots:
            return True
        found = processes.get(found.parent)
    return False
