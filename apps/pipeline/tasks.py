"""Celery tasks: each runs one step of one tenant, or finds who is behind. All of them can run twice without harm."""

from typing import Any

from celery import Task, shared_task

from apps.core import clock
from apps.core.cache import sweep_bumps
from apps.pipeline import services, steps
from apps.pipeline.queueing import forget_hint, queue_step
from apps.sla.services import check_due_clocks
from apps.tenants.scoping import tenant_scope


class TenantTask(Task):  # type: ignore[type-arg]
    """A task that runs inside its tenant's scope; the tenant travels as an argument and in the log."""

    abstract = True
    autoretry_for = (Exception,)
    max_retries = 5
    retry_backoff = True
    retry_backoff_max = 60
    retry_jitter = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        tenant_id = kwargs["tenant_id"]
        forget_hint(str(self.name), tenant_id)
        with tenant_scope(tenant_id):
            return super().__call__(*args, **kwargs)


@shared_task(base=TenantTask, name=steps.TRIAGE)
def triage(*, tenant_id: int) -> int:
    """Classify a tenant's waiting reports; what they lead to is queued as they are stored."""
    return services.triage_backlog(tenant_id=tenant_id)


@shared_task(base=TenantTask, name=steps.GROUP)
def group(*, tenant_id: int) -> int:
    """Place a tenant's classified reports; their clocks start in the same transaction."""
    return services.group_backlog(tenant_id=tenant_id)


@shared_task(base=TenantTask, name=steps.ROLL_UP)
def roll_up(*, tenant_id: int) -> int:
    """Count a tenant's marked days anew."""
    return services.roll_up_backlog(tenant_id=tenant_id)


@shared_task(base=TenantTask, name=steps.READ_WORDS)
def read_words(*, tenant_id: int) -> int:
    """Read a tenant's new and changed texts for search; the sweep alone queues it, so a text waits 5 s at most."""
    return services.read_words_backlog(tenant_id=tenant_id)


@shared_task(name="pipeline.sweep_backlog")
def sweep_backlog() -> int:
    """Queue every step that has work for a tenant; makes good the hints that were lost."""
    return sum(queue_step(step, tenant) for step, tenants in services.tenants_behind().items() for tenant in tenants)


@shared_task(name="pipeline.sweep_clocks")
def sweep_clocks() -> None:
    """Mark the clocks whose time has come as breached."""
    check_due_clocks(now=clock.now())


@shared_task(name="pipeline.sweep_cache")
def sweep_cache() -> int:
    """Pay the cache's bumps that a crash left owed, and clear away the rows of those that are paid."""
    return sweep_bumps()
