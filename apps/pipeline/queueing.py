"""Queue hints. What has to be done is a row in PostgreSQL; a queued task only says "look now"."""

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from apps.core.metrics import Counter

HINT_SECONDS = 5  # a hint already queued this recently is not queued again; the sweeps catch what slips through
log = structlog.get_logger(__name__)
lost_hints = Counter("pipeline_lost_hints", "Tasks that could not be queued; a sweep does their work", ["task"])


def queue_after_commit(task: str, tenant_id: int) -> None:
    """Queue a step for a tenant once the transaction is committed; several calls in a short while make one task."""

    # A function with a name: Django names it when it fails, which a partial has not.
    def queue() -> None:
        queue_step(task, tenant_id)

    transaction.on_commit(queue, robust=True)


def queue_step(task: str, tenant_id: int) -> bool:
    """Queue a step now; tell whether it was queued. A broker that is away is logged and counted, never raised."""
    if not cache.add(hint_key(task, tenant_id), 1, HINT_SECONDS):
        return False
    try:
        current_app.send_task(task, kwargs={"tenant_id": tenant_id})
    except (OperationalError, RedisError, OSError) as error:
        lost_hints.increment(task=task)
        log.warning("step_not_queued", task=task, tenant_id=tenant_id, error=str(error))
        return False
    return True


def hint_key(task: str, tenant_id: int) -> str:
    """Return the cache key that says that a step is queued already."""
    return f"hint:{task}:{tenant_id}"


def forget_hint(task: str, tenant_id: int) -> None:
    """Let the step be queued again: it is about to look at what there is."""
    cache.delete(hint_key(task, tenant_id))
