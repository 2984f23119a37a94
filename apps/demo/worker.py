"""A real Celery worker beside a command, with its log in a file."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

_PATIENCE_SECONDS = 10.0
_LAST_LINES = 20


class WorkerLog:
    """What the worker has written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def last_lines(self) -> str:
        """Return the end of the log, for a message that says what went wrong."""
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            return f"{self.path} cannot be read: {error.strerror}"
        return "\n".join(f"    {line}" for line in lines[-_LAST_LINES:])


def tethered(folder: Path) -> list[str]:
    """Return what to put before a command, so that it is asked to stop when the process that started it is killed."""
    return [sys.executable, "-I", "-S", str(folder / "apps" / "operations" / "supervisor" / "tether.py")]


@contextmanager
def running_worker(
    *, folder: Path, var: Path, processes: int = 2, environment: Mapping[str, str] = os.environ
) -> Iterator[WorkerLog]:
    """Run a worker with the scheduler of the sweeps for the length of the block; it ends with whoever started it.

    `folder` is the project's, `var` takes log and schedule. Main thread only: the tether watches the starting thread.
    """
    log = WorkerLog(var / "demo-worker.log")
    schedule = var / "demo-beat-schedule"
    schedule.unlink(missing_ok=True)
    command = [
        *(*tethered(folder), sys.executable, "-m", "celery", "-A", "config.celery", "worker"),
        *("--beat", f"--schedule={schedule}", f"--concurrency={processes}", "--loglevel=INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    with log.path.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=folder,
            env={"PYTHONWARNINGS": "ignore::RuntimeWarning:celery.platforms", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield log
        finally:
            _end(process)
            schedule.unlink(missing_ok=True)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE_SECONDS)
    # Its children would hold on to the queue and the database.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
