"""The product's own metrics, and the figures that are fetched when somebody asks for them."""

import time
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import DatabaseError
from kombu import Connection, Queue
from kombu.exceptions import OperationalError

from apps.core import clock
from apps.core.cache import CacheStatistics, cache_statistics
from apps.core.metrics import Counter, Gauge, Histogram
from apps.core.pool_statistics import all_pool_statistics
from apps.reports.selectors import reports_stored_since
from apps.tenants.scoping import all_tenants

LATELY = timedelta(minutes=5)
_POOL_SECONDS = 1.0
_pools_due = 0.0
request_seconds = Histogram("request_seconds", "Time to answer a request", ["method", "route", "status"])
requests_in_flight = Gauge("requests_in_flight", "Requests being answered now")

_pool_connections = Gauge("database_pool_connections", "Connections of the processes' pools", ["alias", "state"])
_pool_waiting = Gauge("database_pool_waiting", "Threads waiting for a connection", ["alias"])
_pool_counts = Gauge("database_pool_events", "Checkouts, queued checkouts and errors so far", ["alias", "event"])

_cache_keys = Gauge("cache_keys", "Keys in the cache's database", shared=True)
_cache_memory = Gauge("cache_memory_bytes", "Memory that Redis uses", shared=True)
_cache_removed = Gauge("cache_removed_keys", "Keys that Redis removed so far", ["reason"], shared=True)
_cache_up = Gauge("cache_up", "1 when Redis answers, else 0", shared=True)
_queue_depth = Gauge("queue_depth", "Tasks waiting in a queue", ["queue"], shared=True)
_reports_stored = Gauge("reports_stored_lately", "Reports stored in the last five minutes, all tenants", shared=True)
_scrape_failures = Counter("scrape_failures", "Figures that could not be fetched for a scrape", ["part"])


def observe_read(seconds: float, route: str, status: int) -> None:
    """Observe a request that was answered without Django's request and response; none of those is long in flight."""
    request_seconds.observe(seconds, method="GET", route=route, status=status)
    publish_pool_figures_now_and_then()


def publish_pool_figures_now_and_then() -> None:
    """State this process's pools, at most once a second."""
    global _pools_due
    if time.monotonic() >= _pools_due:
        _pools_due = time.monotonic() + _POOL_SECONDS
        publish_pool_figures()


def publish_pool_figures() -> None:
    """State this process's pools; each process does so for itself, and the scrape adds them up. No I/O."""
    for pool in all_pool_statistics():
        for state in ("size", "in_use", "available", "overflow", "max_size"):
            _pool_connections.set(getattr(pool, state), alias=pool.alias, state=state)
        for event in ("checkouts", "queued", "errors"):
            _pool_counts.set(getattr(pool, event), alias=pool.alias, event=event)
        _pool_waiting.set(pool.waiting, alias=pool.alias)


def publish_cache_figures() -> CacheStatistics:
    """State what Redis says of the cache, and return it."""
    statistics = cache_statistics()
    _cache_up.set(int(statistics.available))
    if statistics.available:
        _cache_keys.set(statistics.keys)
        _cache_memory.set(statistics.used_memory_bytes)
        _cache_removed.set(statistics.evicted_keys, reason="evicted")
        _cache_removed.set(statistics.expired_keys, reason="expired")
    return statistics


def publish_queue_depths() -> dict[str, int] | None:
    """State how many tasks wait in each of Celery's queues, and return it; None when the broker is away."""
    try:
        with current_app.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
            depths = {name: _waiting_tasks(connection, queue) for name, queue in current_app.amqp.queues.items()}
    except (OSError, OperationalError):
        _scrape_failures.increment(part="queues")
        return None
    for queue, depth in depths.items():
        _queue_depth.set(depth, queue=queue)
    return depths


def publish_intake() -> int | None:
    """State how many reports came in lately, and return it; None when the database does not answer. One query.

    The figure that falls to nothing when a feed, a key or a form has broken and everything else looks well.
    """
    try:
        with all_tenants("how much comes in, for metrics"):
            stored = reports_stored_since(clock.now() - LATELY)
    except DatabaseError:
        _scrape_failures.increment(part="intake")
        return None
    _reports_stored.set(stored)
    return stored


def _waiting_tasks(connection: Connection, queue: Queue) -> int:
    """Declare the queue as a worker would, and be told its length.

    Asking passively would create nothing, but kombu then overlooks queues under a `global_keyprefix`.
    """
    channel: Any = connection.default_channel
    declared = channel.queue_declare(
        queue.name,
        durable=queue.durable,
        exclusive=queue.exclusive,
        auto_delete=queue.auto_delete,
        arguments=queue.queue_arguments,
    )
    return int(declared.message_count)
