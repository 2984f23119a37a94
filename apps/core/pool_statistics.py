"""Figures of psycopg's connection pool under Django's connections."""

from dataclasses import dataclass
from typing import cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import DatabaseWrapper


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """One process's pool. Connections unless named otherwise; counters run since the process started."""

    alias: str
    min_size: int
    max_size: int
    size: int
    in_use: int
    available: int
    waiting: int
    """Threads waiting for a connection now."""
    overflow: int
    """Connections above the minimum."""
    checkouts: int
    queued: int
    """Checkouts that had to wait."""
    wait_milliseconds: int
    errors: int
    """Checkouts that timed out or were refused, connection attempts that failed, connections lost."""


def pool_statistics(alias: str = DEFAULT_DB_ALIAS) -> PoolStatistics | None:
    """Return the figures of this process's pool; None where the alias has no pool. No query, no lock."""
    pool = cast(DatabaseWrapper, connections[alias]).pool
    if pool is None:
        return None
    # psycopg leaves out counters that are still zero.
    figures: dict[str, int] = pool.get_stats()
    get = figures.get
    size, available = get("pool_size", 0), get("pool_available", 0)
    return PoolStatistics(
        alias=alias,
        min_size=get("pool_min", 0),
        max_size=get("pool_max", 0),
        size=size,
        in_use=max(size - available, 0),
        available=available,
        waiting=get("requests_waiting", 0),
        overflow=max(size - get("pool_min", 0), 0),
        checkouts=get("requests_num", 0),
        queued=get("requests_queued", 0),
        wait_milliseconds=get("requests_wait_ms", 0),
        errors=get("requests_errors", 0) + get("connections_errors", 0) + get("connections_lost", 0),
    )


def all_pool_statistics() -> list[PoolStatistics]:
    """Return the figures of every alias that has a pool."""
    return [figures for alias in connections if (figures := pool_statistics(alias)) is not None]
