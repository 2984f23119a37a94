"""Values kept in the process for seconds, for what is read on every request and hardly ever changes.

No version is asked for, so a change made by another process is seen only when the time is up; one made here, with
bump_tags, at once. Only for a tenant's configuration, its services and what a key may do.
"""

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

# The bound on staleness that every user of this may rely on.
MOST_SECONDS = 5.0
# A few values for each of some thousand tenants; more, and those not asked for longest leave.
_MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    tags: frozenset[str]
    until: float


class Memory:
    """Values by key, each for its time. Thread-safe."""

    def __init__(self, most_entries: int = _MOST_ENTRIES) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()
        self._most_entries = most_entries
        # Counts what was forgotten, so that a value read before is not kept after.
        self._forgotten = 0

    def get_or_set(self, key: str, tags: frozenset[str], seconds: float, compute: Callable[[], T]) -> tuple[T, bool]:
        """Return the kept value, or compute and keep it; and whether it was kept."""
        with self._lock:
            kept = self._kept.get(key)
            forgotten = self._forgotten
            if kept is not None and kept.until > time.monotonic():
                self._kept.move_to_end(key)
                found: T = kept.value
                return found, True
        # Before it is computed: the value may be as old as that.
        until = time.monotonic() + seconds
        value = compute()
        with self._lock:
            if forgotten == self._forgotten:
                self._keep(key, _Kept(value, tags, until))
        return value, False

    def _keep(self, key: str, kept: _Kept) -> None:
        self._drop(key)
        self._kept[key] = kept
        for tag in kept.tags:
            self._keys[tag].add(key)
        if len(self._kept) > self._most_entries:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        dropped = self._kept.pop(key, None)
        for tag in dropped.tags if dropped else ():
            self._keys[tag].discard(key)
            if not self._keys[tag]:
                del self._keys[tag]

    def forget_tags(self, tags: Iterable[str]) -> None:
        """Drop what stands under any of these tags."""
        with self._lock:
            self._forgotten += 1
            for key in {key for tag in tags for key in self._keys.get(tag, ())}:
                self._drop(key)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._forgotten += 1
            self._kept.clear()
            self._keys.clear()


memory = Memory()
forget_tags = memory.forget_tags
