"""Cache tags that the figures own."""


def dashboard(tenant_id: int) -> str:
    """The tag of everything drawn from a tenant's rollups and scores."""
    return f"dashboard:{{{tenant_id}}}"
