"""One process of the product: how it is started, whether it lives, how it is ended."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from apps.operations.supervisor import tether
from apps.operations.supervisor.output import LinePrinter

# A process that lived this long did start well: what ended it is no fault of its start.
_HEALTHY_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 30.0


@dataclass(frozen=True)
class ChildSpec:
    """What to run; `stop_order` 0 is stopped first, and `patience_seconds` is what it gets to finish its work.

    `once`: it ends by itself, and then nothing takes its place. `delay_seconds`: it starts so long after the others.
    """

    name: str
    command: tuple[str, ...]
    stop_order: int
    patience_seconds: float
    pass_fds: tuple[int, ...] = ()
    once: bool = False
    delay_seconds: float = 0.0


@dataclass
class Child:
    """A process of one spec and, after its death, its successor; moments are seconds of one monotonic clock."""

    spec: ChildSpec
    folder: Path
    environment: Mapping[str, str]
    printer: LinePrinter
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float = 0.0
    finished: bool = False
    _output: threading.Thread | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """The process's id, which is its group's too; None when it does not run."""
        return self.process.pid if self.process else None

    def start(self, now: float) -> None:
        """Start the process in a group of its own, so that a terminal's Ctrl-C reaches only the supervisor.

        Must be called from the main thread: the tether breaks when the thread that started the process ends.
        """
        self.started_at = now
        self.process = subprocess.Popen(  # noqa: S603 - our own table of commands
            [sys.executable, "-I", "-S", str(tether.__file__), *self.spec.command],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self.spec.pass_fds,
        )
        if self.process.stdout is not None:
            self._output = self.printer.follow(self.spec.name, self.process.stdout)

    def begin(self, now: float) -> None:
        """Start the process, or let look_after do so when its delay is over."""
        if self.spec.delay_seconds:
            self.start_again_at = now + self.spec.delay_seconds
        else:
            self.start(now)

    def look_after(self, now: float) -> bool:
        """Notice a death, and start a successor after a pause that doubles; return whether one was started."""
        if self.process is not None:
            code = self.process.poll()
            if code is not None:
                self._mourn(code, now)
            return False
        if now < self.start_again_at or self.finished:
            return False
        self.start(now)
        return True

    def ask_to_stop(self) -> None:
        """Ask the process to finish what it does and end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def has_ended(self) -> bool:
        """Return whether the process is gone."""
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """End the process and whatever it has started."""
        if self.process is not None:
            kill_group(self.process.pid)
            self.process.wait()

    def finish_output(self) -> None:
        """Wait for the last lines to be written."""
        if self._output is not None:
            self._output.join(timeout=2.0)

    def _mourn(self, code: int, now: float) -> None:
        if self.process is not None:
            # Workers of a killed master would hold on to its queue or its port.
            kill_group(self.process.pid)
        self.process = None
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        if self.spec.once:
            self.finished = True
            if code:
                self.printer.line("run", f"{self.spec.name} {how}; the others do without it")
            return
        self.failures = 1 if now - self.started_at > _HEALTHY_SECONDS else self.failures + 1
        pause = min(2.0 ** (self.failures - 1), _LONGEST_PAUSE_SECONDS)
        self.start_again_at = now + pause
        self.printer.line("run", f"{self.spec.name} {how}; starting it again in {pause:.0f} s")


def kill_group(group: int) -> None:
    """Kill every process of the group, if there is any left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
