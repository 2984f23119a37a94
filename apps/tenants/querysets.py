"""Managers that keep a query inside the active tenant."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models

from apps.tenants.scoping import require_tenant_id

Row = TypeVar("Row", bound=models.Model)


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
