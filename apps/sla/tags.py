"""Cache tags that this app's tables own."""


def sla(tenant_id: int) -> str:
    """The tag of everything read from a tenant's clocks and SLA metrics."""
    return f"sla:{{{tenant_id}}}"
