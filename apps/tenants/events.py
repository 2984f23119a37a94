"""What happens to tenants."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TenantCreated:
    """A tenant exists; default services, policies and calendar are made in the same transaction."""

    tenant_id: int


@dataclass(frozen=True)
class PeopleChanged:
    """People have other names or addresses, which these tenants show."""

    tenant_ids: list[int]
