"""Cache tags that this app's tables own."""


def reports(tenant_id: int) -> str:
    """The tag of everything read from a tenant's reports."""
    return f"reports:{{{tenant_id}}}"


def services(tenant_id: int) -> str:
    """The tag of everything read from a tenant's services."""
    return f"services:{{{tenant_id}}}"
