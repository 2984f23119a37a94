"""Redis as the cache sees it: actions that answer None while it is away, and tag bumps that are never forgotten."""

import os
import threading
from collections.abc import Callable, Iterable
from itertools import count
from typing import TypeVar

from apps.core.redis_link import RedisLink, redis_link

T = TypeVar("T")

TAG_VERSION_BYTES = 16
# A tag outlives every entry under it (the longest TTL is a day); losing one only costs recomputation.
TAG_TTL_SECONDS = 7 * 24 * 3600
# How long Redis remembers that a bump's row is paid; the sweep looks every few seconds, and bumping again is harmless.
_NOTE_SECONDS = 60


def tag_key(link: RedisLink, tag: str) -> str:
    """Return the key of a tag's version."""
    return f"{link.prefix}tag:{tag}"


def note_key(link: RedisLink, row: str) -> str:
    """Return the key that says that the bump of a row of `cache_bumps` is paid."""
    return f"{link.prefix}paid:{row}"


class CacheClient:
    """One process's way to the cache. Thread-safe; never raises for Redis's sake."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owed: dict[str, int] = {}
        self._unnoted: dict[str, int] = {}
        self._bumps = count(1)

    def key(self, name: str) -> str:
        """Return the key under the project's prefix."""
        return redis_link().prefix + name

    def attempt(self, action: Callable[[RedisLink], T]) -> T | None:
        """Run an action on Redis; None when it is away, or owes us a bump that cannot be paid yet."""
        if not self._owed:
            return redis_link().attempt(action)

        def paying(link: RedisLink) -> T:
            self._pay(link)
            return action(link)

        return redis_link().attempt(paying)

    def bump(self, tags: Iterable[str], *, rows: Iterable[str] = ()) -> bool:
        """Make every entry under these tags invalid, and note the rows of `cache_bumps` that are paid with it.

        One packet. False when Redis was away: the bump is owed, and paid before this process trusts the cache again.
        """
        with self._lock:
            number = next(self._bumps)
            self._owed.update(dict.fromkeys(tags, number))
            self._unnoted.update(dict.fromkeys(rows, number))
        return self.attempt(lambda link: True) is not None

    def _pay(self, link: RedisLink) -> None:
        """Give every owed tag a version nobody has seen. A counter lost by Redis would start again at an old number."""
        with self._lock:
            owed, unnoted = dict(self._owed), dict(self._unnoted)
        if not owed:
            return
        version = os.urandom(TAG_VERSION_BYTES)
        bumps = [("SET", tag_key(link, tag), version, "EX", TAG_TTL_SECONDS) for tag in owed]
        notes = [("SET", note_key(link, row), 1, "EX", _NOTE_SECONDS) for row in unnoted]
        link.send([*bumps, *notes])
        with self._lock:
            _settle(self._owed, owed)
            _settle(self._unnoted, unnoted)

    def wake(self) -> None:
        """Ask Redis again at once, without waiting out the rest after a failure."""
        redis_link().wake()


def _settle(debts: dict[str, int], paid: dict[str, int]) -> None:
    for name, number in paid.items():
        # A later bump of the same tag, made while this one was under way, is still owed.
        if debts.get(name) == number:
            del debts[name]


client: CacheClient = CacheClient()
