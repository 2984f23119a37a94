"""Hits and misses by kind and level, over all processes and since Redis began to count."""

import threading
import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.core.cache.client import client
from apps.core.cache.local import local_level
from apps.core.metrics import Counter as MetricCounter
from apps.core.redis_link import RedisLink


class Outcome(StrEnum):
    """How a read of the cache ended, and on which level.

    `local` is this process, which held the body or computed it for another thread; `bypass`: switched off, or inside
    a transaction with changes of its own.
    """

    HIT_LOCAL = "hit:local"
    HIT_REDIS = "hit:redis"
    MISS = "miss:redis"
    BYPASS = "bypass:none"
    ERROR = "error:redis"


@dataclass(frozen=True, slots=True)
class KindStatistics:
    """Reads of one kind of entry; of the `hits`, `local_hits` needed no body from Redis."""

    kind: str
    hits: int
    local_hits: int
    misses: int
    bypassed: int
    errors: int

    @property
    def redis_hits(self) -> int:
        """Hits for which Redis sent the body."""
        return self.hits - self.local_hits

    @property
    def hit_rate(self) -> float | None:
        """Hits of the reads that the cache answered, 0 to 1; None before the first."""
        return _rate(self.hits, self.misses)


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """The whole cache; `available` False: Redis did not answer, and nothing but this process's level is known.

    `local_entries`, `local_bytes` and `local_evictions` are of the process that was asked.
    """

    available: bool
    kinds: tuple[KindStatistics, ...] = ()
    keys: int = 0
    used_memory_bytes: int = 0
    evicted_keys: int = 0
    expired_keys: int = 0
    local_entries: int = 0
    local_bytes: int = 0
    local_evictions: int = 0

    @property
    def hit_rate(self) -> float | None:
        """Hits of all answered reads, 0 to 1; None before the first."""
        return _rate(sum(kind.hits for kind in self.kinds), sum(kind.misses for kind in self.kinds))


def _rate(hits: int, misses: int) -> float | None:
    return hits / (hits + misses) if hits + misses else None


# Processes add up their counts and pass them on this often: a write a second rather than one a read.
_FLUSH_SECONDS = 1.0
_HASH = "statistics"

_reads = MetricCounter("cache_reads", "Reads through the cache", ["kind", "level", "outcome"])
_lock = threading.Lock()
_unsent: Counter[tuple[str, Outcome]] = Counter()
_next_flush = 0.0


def count_read(kind: str, outcome: Outcome) -> None:
    """Count one read."""
    with _lock:
        _unsent[kind, outcome] += 1
    if time.monotonic() >= _next_flush:
        flush()


def flush() -> None:
    """Add this process's counts to everybody's; kept for later while Redis is away."""
    global _next_flush
    with _lock:
        _next_flush = time.monotonic() + _FLUSH_SECONDS
        counts = dict(_unsent)
        _unsent.clear()
    if not counts:
        return
    if client.attempt(lambda link: _add(link, counts)) is None:
        with _lock:
            _unsent.update(counts)
        return
    for (kind, outcome), amount in counts.items():
        word, level = outcome.split(":")
        _reads.increment(amount, kind=kind, level=level, outcome=word)


def _add(link: RedisLink, counts: dict[tuple[str, Outcome], int]) -> bool:
    name = link.prefix + _HASH
    link.send([("HINCRBY", name, f"{kind}:{outcome}", amount) for (kind, outcome), amount in counts.items()])
    return True


def _read(link: RedisLink) -> Any:
    return link.redis.hgetall(link.prefix + _HASH), link.redis.info(), link.redis.dbsize()


def cache_statistics() -> CacheStatistics:
    """Return the figures of all processes (the last second of others may be missing) and Redis's own."""
    flush()
    local: dict[str, Any] = {
        "local_entries": len(local_level),
        "local_bytes": local_level.size,
        "local_evictions": local_level.evictions,
    }
    answer = client.attempt(_read)
    if answer is None:
        return CacheStatistics(available=False, **local)
    counts, info, keys = answer
    reads = {name.decode(): int(amount) for name, amount in counts.items()}
    return CacheStatistics(
        available=True,
        kinds=tuple(_kind(name, reads) for name in sorted({name.partition(":")[0] for name in reads})),
        keys=keys,
        used_memory_bytes=info["used_memory"],
        evicted_keys=info["evicted_keys"],
        expired_keys=info["expired_keys"],
        **local,
    )


def _kind(kind: str, reads: dict[str, int]) -> KindStatistics:
    local, redis, misses, bypassed, errors = (reads.get(f"{kind}:{outcome}", 0) for outcome in Outcome)
    return KindStatistics(kind, local + redis, local, misses, bypassed, errors)
