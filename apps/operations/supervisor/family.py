"""Start the children, watch over them, and end them in order."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from apps.operations.supervisor.child import Child
from apps.operations.supervisor.output import LinePrinter

_LOOK_SECONDS = 0.25


@dataclass
class Family:
    """The children of one `run`; `stop` and `stop_at_once` are set by signals."""

    children: list[Child]
    printer: LinePrinter
    on_start: Callable[[list[int]], None]
    on_look: Callable[[], None]
    stop: threading.Event = field(default_factory=threading.Event)
    stop_at_once: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Start every child and keep it running until `stop` is set, then end them all."""
        try:
            for child in self.children:
                child.begin(time.monotonic())
            self._tell()
            while not self.stop.wait(_LOOK_SECONDS):
                now = time.monotonic()
                started = [child for child in self.children if child.look_after(now)]
                if started:
                    self._tell()
                self.on_look()
        finally:
            self.end()

    def end(self) -> None:
        """Stop the children in their order, each within its time, and kill those that take longer."""
        for order in sorted({child.spec.stop_order for child in self.children}):
            self._end_together([child for child in self.children if child.spec.stop_order == order])
        for child in self.children:
            child.finish_output()

    def _end_together(self, children: list[Child]) -> None:
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + max(child.spec.patience_seconds for child in children)
        while time.monotonic() < deadline and not all(child.has_ended() for child in children):
            if self.stop_at_once.wait(_LOOK_SECONDS / 5):
                break
        for child in children:
            if not child.has_ended():
                self.printer.line("run", f"{child.spec.name} did not stop in time and is killed")
            child.kill()

    def _tell(self) -> None:
        self.on_start([child.pid for child in self.children if child.pid])
