"""What happens to figures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RollupsMarked:
    """Days of a tenant are behind and wait for a recount; `first`: until now none did."""

    tenant_id: int
    first: bool


@dataclass(frozen=True)
class RollupsRefreshed:
    """A tenant's figures are counted anew."""

    tenant_id: int
