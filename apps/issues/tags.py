"""Cache tags that this app's tables own."""


def issues(tenant_id: int) -> str:
    """The tag of everything read from a tenant's issues."""
    return f"issues:{{{tenant_id}}}"
