"""Tell a living server from what a killed one left behind, and end it."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

POLL_SECONDS = 0.02


@dataclass(frozen=True)
class ServerMark:
    """How a process of one server is known: the program, its data folder, and a text of its command line."""

    program: str
    data: Path
    text: str


def living_server(pid_file: Path, mark: ServerMark) -> psutil.Process | None:
    """Return the process that the file names, if it lives and bears the mark.

    A number alone proves nothing: it may have been given to another process since, and a killed server stays a zombie
    for as long as nobody collects it.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
        process = psutil.Process(pid)
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if _bears(process, mark) else None


def processes_of(mark: ServerMark) -> list[psutil.Process]:
    """Return every living process that bears the mark, children of a killed server included."""
    return [process for process in psutil.process_iter() if _bears(process, mark)]


def is_alive(process: psutil.Process) -> bool:
    """Return whether the process still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(process: psutil.Process, first: signal.Signals, *, patience_seconds: float) -> None:
    """Ask the process to stop, and kill it when it has not within its time."""
    for wish, seconds in ((first, patience_seconds), (signal.SIGKILL, 5.0)):
        try:
            process.send_signal(wish)
        except psutil.NoSuchProcess:
            return
        if wait_until(lambda: not is_alive(process), seconds=seconds):
            return


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Look again and again until the condition holds; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _bears(process: psutil.Process, mark: ServerMark) -> bool:
    """Both servers work in their data folder; where the system hides that, even from root, the command line tells."""
    try:
        if not process.name().startswith(mark.program) or not is_alive(process):
            return False
        return _works_in(process, mark.data) or any(mark.text in part for part in process.cmdline())
    except (psutil.Error, OSError):
        return False


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()) == folder
    except (psutil.Error, OSError):
        return False
