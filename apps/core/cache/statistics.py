"""Hits and misses by kind, over all processes and since Redis began to count."""

import threading
import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from redis import Redis

from apps.core.cache.client import client
from apps.core.metrics import Counter as MetricCounter


class Outcome(StrEnum):
    """How a read of the cache ended; `bypass`: switched off, or inside a transaction with changes of its own."""

    HIT = "hit"
    MISS = "miss"
    BYPASS = "bypass"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class KindStatistics:
    """Reads of one kind of entry."""

    kind: str
    hits: int
    misses: int
    bypassed: int
    errors: int

    @property
    def hit_rate(self) -> float | None:
        """Hits of the reads that the cache answered, 0 to 1; None before the first."""
        answered = self.hits + self.misses
        return self.hits / answered if answered else None


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """The whole cache; `available` False: Redis did not answer, and nothing else is known."""

    available: bool
    kinds: tuple[KindStatistics, ...] = ()
    keys: int = 0
    used_memory_bytes: int = 0
    evicted_keys: int = 0
    expired_keys: int = 0

    @property
    def hit_rate(self) -> float | None:
        """Hits of all answered reads, 0 to 1; None before the first."""
        return KindStatistics("", sum(k.hits for k in self.kinds), sum(k.misses for k in self.kinds), 0, 0).hit_rate


# Processes add their counts to one hash in Redis this often: a write a second rather than one a read.
_FLUSH_SECONDS = 1.0
_HASH = "statistics"

_reads = MetricCounter("cache_reads", "Reads through the cache", ["kind", "outcome"])
_lock = threading.Lock()
_unsent: Counter[str] = Counter()
_next_flush = 0.0


def count_read(kind: str, outcome: Outcome) -> None:
    """Count one read."""
    _reads.increment(kind=kind, outcome=outcome.value)
    with _lock:
        _unsent[f"{kind}:{outcome.value}"] += 1
        due = time.monotonic() >= _next_flush
    if due:
        flush()


def flush() -> None:
    """Add this process's counts to everybody's; kept for later while Redis is away."""
    global _next_flush
    with _lock:
        _next_flush = time.monotonic() + _FLUSH_SECONDS
        counts = dict(_unsent)
        _unsent.clear()
    if counts and client.attempt(lambda redis: _add(redis, counts)) is None:
        with _lock:
            _unsent.update(counts)


def _add(redis: Redis, counts: dict[str, int]) -> bool:
    pipeline = redis.pipeline(transaction=False)
    for name, amount in counts.items():
        pipeline.hincrby(client.key(_HASH), name, amount)
    pipeline.execute()
    return True


def _read(redis: Redis) -> Any:
    return redis.hgetall(client.key(_HASH)), redis.info(), redis.dbsize()


def cache_statistics() -> CacheStatistics:
    """Return the figures of all processes (the last second of others may be missing) and Redis's own."""
    flush()
    answer = client.attempt(_read)
    if answer is None:
        return CacheStatistics(available=False)
    counts, info, keys = answer
    reads = {name.decode(): int(amount) for name, amount in counts.items()}
    return CacheStatistics(
        available=True,
        kinds=tuple(_kind(name, reads) for name in sorted({name.partition(":")[0] for name in reads})),
        keys=keys,
        used_memory_bytes=info["used_memory"],
        evicted_keys=info["evicted_keys"],
        expired_keys=info["expired_keys"],
    )


def _kind(kind: str, reads: dict[str, int]) -> KindStatistics:
    hits, misses, bypassed, errors = (reads.get(f"{kind}:{outcome.value}", 0) for outcome in Outcome)
    return KindStatistics(kind=kind, hits=hits, misses=misses, bypassed=bypassed, errors=errors)
