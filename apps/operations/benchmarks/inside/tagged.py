"""What the tagged cache costs: a bump, a read with several tags, a hundred misses at once."""

import threading
import time
from statistics import median
from typing import Any

from django.db import connection
from django_redis import get_redis_connection

from apps.core.cache import bump_tags, cache_statistics, tagged_get_or_set

# Keys and tags of one tenant carry it in braces, as everybody's do.
_TAG = "benchmark:{0}:covering"
_TAGS = tuple(f"benchmark:{{0}}:tag-{number}" for number in range(5))
_BUMPS = 200
_READS = 200
_COMPUTING_SECONDS = 0.2


def time_tags(*, entries: int) -> dict[str, float]:
    """Store `entries` under one tag, bump it, read with five tags.

    Returns the median milliseconds of a bump with the entries under the tag and with none, of a read, and the round
    trips to Redis of one read, as Redis counts them.
    """
    few = _time_bumps("benchmark:{0}:alone")
    for number in range(entries):
        tagged_get_or_set(key=f"benchmark:{{0}}:{number}", tags=[_TAG], kind="lists", compute=lambda: "x" * 100)
    many = _time_bumps(_TAG)
    _read()
    reads_before = _reads_processed()
    started = time.perf_counter()
    for _ in range(_READS):
        _read()
    milliseconds = (time.perf_counter() - started) * 1000 / _READS
    # Asking twice is one read more.
    trips = (_reads_processed() - reads_before - 1) / _READS
    return {"bump": many, "bump_alone": few, "read": milliseconds, "round_trips": trips}


def compute_together(*, key: str, threads: int, start_at: float, number: int = 0) -> int:
    """Miss the same key from many threads at one moment (Unix time); return how many of them computed it."""
    computed: list[int] = []

    def compute() -> str:
        computed.append(number)
        time.sleep(_COMPUTING_SECONDS)
        return "x" * 1000

    def read() -> None:
        time.sleep(max(start_at - time.time(), 0))
        tagged_get_or_set(key=key, tags=[_TAG], kind="lists", compute=compute)
        connection.close()

    readers = [threading.Thread(target=read) for _ in range(threads)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return len(computed)


def cache_reads() -> dict[str, Any]:
    """Return the hits and misses of all processes so far."""
    kinds = cache_statistics().kinds
    return {"hits": sum(kind.hits for kind in kinds), "misses": sum(kind.misses for kind in kinds)}


def _time_bumps(tag: str) -> float:
    times = []
    for _ in range(_BUMPS):
        started = time.perf_counter()
        bump_tags([tag])
        times.append((time.perf_counter() - started) * 1000)
    return median(times)


def _read() -> object:
    return tagged_get_or_set(key="benchmark:{0}:five", tags=_TAGS, kind="lists", compute=lambda: "x" * 1000)


def _reads_processed() -> int:
    return int(get_redis_connection("default").info("stats")["total_reads_processed"])
