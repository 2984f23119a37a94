"""Is the product alive, and can it serve?"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from celery import current_app
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django_redis import get_redis_connection
from kombu.exceptions import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

# Without these no request can be answered. Without the cache or the broker answers are slower or work waits, and
# taking every instance out of the load balancer for that would turn a slow product into none.
REQUIRED = frozenset(("database", "migrations"))
_FAILURES = (DatabaseError, PoolTimeout, RedisError, OperationalError, OSError)


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part that the product leans on."""

    name: str
    ok: bool
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Readiness:
    """All parts; `status` is ready, degraded (slower, or work waits) or unavailable."""

    parts: tuple[PartHealth, ...]

    @property
    def status(self) -> str:
        """The word for the whole."""
        failed = {part.name for part in self.parts if not part.ok}
        if failed & REQUIRED:
            return "unavailable"
        return "degraded" if failed else "ready"


def readiness() -> Readiness:
    """Ask every part once. Queries: one, and two for the migrations until they were once found applied."""
    return Readiness(parts=tuple(_ask(name, check) for name, check in _CHECKS.items()))


def _ask(name: str, check: Callable[[], bool]) -> PartHealth:
    started = time.perf_counter()
    try:
        ok = check()
    except _FAILURES as error:
        # The cause goes to the log: the answer is public and names parts only.
        logger.warning("health_check_failed", part=name, error=str(error))
        ok = False
    return PartHealth(name=name, ok=ok, milliseconds=round((time.perf_counter() - started) * 1000, 1))


def _database_answers() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


class _Migrations:
    """Whether all migrations of this release are applied: asked until yes, which a running release stays."""

    def __init__(self) -> None:
        self.applied = False

    def __call__(self) -> bool:
        if not self.applied:
            executor = MigrationExecutor(connections["default"])
            self.applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self.applied


def _cache_answers() -> bool:
    return bool(get_redis_connection("default").ping())


def _broker_answers() -> bool:
    with current_app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=1)
        return bool(connection.connected)


migrations_applied = _Migrations()
_CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database_answers,
    "migrations": migrations_applied,
    "cache": _cache_answers,
    "broker": _broker_answers,
}
