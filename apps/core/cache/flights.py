"""Computations under way in this process, which other threads wait for instead of doing them too."""

import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Flight:
    """One computation; `body` stays None when it failed."""

    ended: threading.Event = field(default_factory=threading.Event)
    body: bytes | None = None


class Flights:
    """Flights by key and head: a reader who came after a write asks under another head, and joins no older one."""

    def __init__(self) -> None:
        self._flights: dict[tuple[str, bytes], Flight] = {}
        self._lock = threading.Lock()

    def begin(self, key: str, head: bytes) -> Flight:
        """Announce a computation."""
        flight = Flight()
        with self._lock:
            self._flights[key, head] = flight
        return flight

    def end(self, key: str, head: bytes, flight: Flight) -> None:
        """Let those who wait go on."""
        with self._lock:
            if self._flights.get((key, head)) is flight:
                del self._flights[key, head]
        flight.ended.set()

    def find(self, key: str, head: bytes) -> Flight | None:
        """Return the computation to wait for; None when it is another process's, or over."""
        with self._lock:
            return self._flights.get((key, head))


flights = Flights()
