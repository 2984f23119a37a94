"""What tenancy may raise."""


class TenantError(Exception):
    """Base of every error of this app."""


class TenantScopeMissing(TenantError):
    """A tenant's rows were asked for with no tenant active.

    Wrap the code in `with tenant_scope(tenant_id):`; work that really spans tenants runs inside
    `with all_tenants("reason"):` and uses the manager of that name.
    """


class InvalidTenant(TenantError):
    """A tenant cannot be created as asked; `field` names the offending field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class InvalidApiKey(TenantError):
    """The key is unknown, expired or revoked, or belongs to an inactive tenant; which one is not told."""
