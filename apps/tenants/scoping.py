"""The active tenant, and the row-level security that stands behind it.

Two guards, each sufficient alone: the scoped manager refuses to build a query without a tenant, and PostgreSQL's
policies show a transaction only the rows of the tenant that its `app.tenant` names. `all_tenants(reason)` alone
satisfies the policies' second branch; a test lists the files that may call it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import structlog
from django.db import models
from django.db.migrations.operations import RunSQL

from apps.core.postgresql.local_settings import local_settings
from apps.tenants.errors import TenantScopeMissing

Row = TypeVar("Row", bound=models.Model)
_active_tenant: ContextVar[int | None] = ContextVar("active_tenant", default=None)


def active_tenant_id() -> int | None:
    """Return the id of the tenant whose rows this context sees, None when none is active."""
    return _active_tenant.get()


def require_tenant_id() -> int:
    """Return the active tenant's id; raises TenantScopeMissing when none is active."""
    tenant_id = _active_tenant.get()
    if tenant_id is None:
        raise TenantScopeMissing("no tenant is active: use `with tenant_scope(tenant_id):`")
    return tenant_id


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """Run the block as one tenant: managers filter by it, and the database shows nothing else."""
    token = _active_tenant.set(tenant_id)
    with structlog.contextvars.bound_contextvars(tenant_id=tenant_id), local_settings({"app.tenant": str(tenant_id)}):
        try:
            yield
        finally:
            _active_tenant.reset(token)


@contextmanager
def all_tenants(reason: str) -> Iterator[None]:
    """Run the block across tenants; `reason` says why in the log, and the scoped managers stay closed."""
    token = _active_tenant.set(None)
    with structlog.contextvars.bound_contextvars(all_tenants=reason), local_settings({"app.scope": "all"}):
        try:
            yield
        finally:
            _active_tenant.reset(token)


@contextmanager
def no_tenant() -> Iterator[None]:
    """Run the block with no tenant active, as a fresh thread would."""
    token = _active_tenant.set(None)
    with local_settings({}):
        try:
            yield
        finally:
            _active_tenant.reset(token)


# The sub-selects are evaluated once a statement, not once a row. A setting that was reset reads as '', not NULL.
# A CASE, because of what the planner makes of it: it expects a comparison with an unknown value to keep one row in
# forty, and an OR of two hardly more, on top of the query's own tenant_id; a list of 22,000 rows then looks like fifty,
# which are read and sorted whole instead of walked along their index (25 ms against 0.3). A CASE keeps every other row.
POLICY = (
    "CASE WHEN tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::bigint) THEN true "
    "ELSE (SELECT current_setting('app.scope', true)) = 'all' END"
)


def protect_tenant_rows(*tables: str) -> list[RunSQL]:
    """Return the migration operations that put tables under row-level security, their owner included.

    UNIQUE (tenant_id, id) is the target of foreign keys that carry the tenant.
    """
    return [
        operation
        for table in tables
        for operation in (
            separate_tenant_rows(table),
            RunSQL(
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_id_key" UNIQUE (tenant_id, id)',
                f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_tenant_id_key"',
            ),
        )
    ]


def separate_tenant_rows(table: str) -> RunSQL:
    """Return the operation that puts one table under row-level security, for tables that nothing points to."""
    return RunSQL(
        [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY tenant_rows ON "{table}" USING ({POLICY}) WITH CHECK ({POLICY})',
        ],
        [
            f'DROP POLICY tenant_rows ON "{table}"',
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
        ],
    )


def tenant_foreign_key(table: str, column: str, target: str, *, on_delete: str = "NO ACTION") -> RunSQL:
    """Return the operation for FOREIGN KEY (tenant_id, column) → (tenant_id, id): a row and what it points to
    belong to the same tenant, and the database checks it."""
    name = f"fk_{table}_{column}"
    return RunSQL(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (tenant_id, "{column}") '
        f'REFERENCES "{target}" (tenant_id, id) ON DELETE {on_delete}',
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )


class TenantManager(models.Manager[Row]):
    """The default manager: every query is the active tenant's, and every new row is given it."""

    def get_queryset(self) -> models.QuerySet[Row]:
        """Return the active tenant's rows; raises TenantScopeMissing when none is active."""
        return super().get_queryset().filter(tenant_id=require_tenant_id())

    def create(self, **values: Any) -> Row:
        """Create a row of the active tenant."""
        return super().create(**({"tenant_id": require_tenant_id()} | values if "tenant" not in values else values))

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        """Create many rows; those without a tenant get the active one."""
        rows = list(objs)
        for row in rows:
            if getattr(row, "tenant_id", None) is None:
                row.tenant_id = require_tenant_id()  # type: ignore[attr-defined]
        return super().bulk_create(rows, *args, **kwargs)
