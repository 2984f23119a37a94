"""Bodies that this process holds already, so that Redis need not send them again. Never believed by themselves.

What is held is used only when Redis has just said that the very same entry is still there, under the present versions
of its tags; so it cannot be stale, and needs no clock of its own.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from apps.core.metrics import Counter, Gauge

# The thousand busiest lists of fifty rows (18 KB each) with room to spare; four processes take a hundred MiB or so.
MOST_BYTES = 32 * 1024 * 1024
# One answer may not push out all the others.
MOST_BYTES_OF_ONE = MOST_BYTES // 16
# What a key and its place in the table take beside the body: strings, tuple, links.
_OVERHEAD_BYTES = 400

_evictions = Counter("cache_local_evictions", "Bodies dropped from a process to make room")
_size = Gauge("cache_local_bytes", "Bytes of the bodies that the processes hold")


@dataclass(frozen=True, slots=True)
class Held:
    """A body, with the head and mark of the entry in Redis that it belongs to."""

    mark: bytes
    body: bytes

    @property
    def size(self) -> int:
        """Bytes taken, roughly."""
        return len(self.mark) + len(self.body) + _OVERHEAD_BYTES


class LocalLevel:
    """Held bodies by key, those not asked for longest leaving first. Thread-safe."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_bytes_of_one: int = MOST_BYTES_OF_ONE) -> None:
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._lock = threading.Lock()
        self._most_bytes = most_bytes
        self._most_bytes_of_one = most_bytes_of_one
        self.size = 0
        self.evictions = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: str) -> Held | None:
        """Return what is held of a key, and keep it the longer for it."""
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
            return held

    def put(self, key: str, held: Held) -> None:
        """Hold a body in place of the key's last, making room if need be; one that is too large is not held."""
        with self._lock:
            self._drop(key)
            if held.size > self._most_bytes_of_one:
                return
            self._held[key] = held
            self.size += held.size
            while self.size > self._most_bytes:
                self._drop(next(iter(self._held)))
                self.evictions += 1
                _evictions.increment()
        _size.set(self.size)

    def forget(self, key: str) -> None:
        """Hold nothing of a key."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Hold nothing at all."""
        with self._lock:
            self._held.clear()
            self.size = 0

    def _drop(self, key: str) -> None:
        dropped = self._held.pop(key, None)
        if dropped is not None:
            self.size -= dropped.size


local_level = LocalLevel()
