"""One `run` a clone: the lock that says so, the note about the one that runs, and the leftovers of a killed one."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from apps.operations.errors import AlreadyRunning
from apps.operations.supervisor.child import kill_group

# What the children of a previous run get to finish their work once it is gone.
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class RunNote:
    """What `var/run.json` says: the supervisor, where its web server answers, and its children's process groups."""

    pid: int
    url: str
    groups: tuple[int, ...]


@contextmanager
def only_instance(var: Path) -> Iterator[None]:
    """Hold the clone's run lock for the block; wait for one that is stopping, refuse beside one that runs.

    Errors: AlreadyRunning with its process and URL. The system frees the lock of a killed supervisor; the children that
    it leaves are ended before the block begins.
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "run.lock").open("ab") as lock:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _taken(lock.fileno()):
            note = read_note(var)
            if note is not None or time.monotonic() > deadline:
                raise AlreadyRunning(pid=note.pid if note else None, url=note.url if note else "")
            time.sleep(0.1)
        end_leftovers(var)
        try:
            yield
        finally:
            forget(var)


def write_note(var: Path, note: RunNote) -> None:
    """Keep the note for whoever comes next; whole or not at all."""
    unfinished = var / "run.json.new"
    unfinished.write_text(json.dumps(asdict(note)))
    unfinished.rename(var / "run.json")


def read_note(var: Path) -> RunNote | None:
    """Return what is noted about the run, None when nothing is."""
    try:
        found = json.loads((var / "run.json").read_text())
        return RunNote(pid=int(found["pid"]), url=str(found["url"]), groups=tuple(map(int, found["groups"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(var: Path) -> None:
    """Take the note away: from now on the run is stopping."""
    (var / "run.json").unlink(missing_ok=True)


def end_leftovers(var: Path) -> int:
    """Wait for the children of a killed supervisor, then kill them; return how many processes had to be killed."""
    note = read_note(var)
    forget(var)
    if note is None:
        return 0
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (left := _members(note.groups)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in left:
        kill_group(os.getpgid(process.pid))
    return len(left)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _members(groups: tuple[int, ...]) -> list[psutil.Process]:
    """Return the living processes of these groups that run in this clone: numbers are given anew after a while."""
    here = str(Path.cwd())
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            ours = os.getpgid(process.pid) in groups and process.status() != psutil.STATUS_ZOMBIE
            if ours and process.cwd() == here:
                found.append(process)
    return found
