"""What happens to tenants."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TenantCreated:
    """A tenant exists; default services, policies and calendar are made in the same transaction."""

    tenant_id: int
