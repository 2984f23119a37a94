"""Cache tags that this app's tables own."""


def reports(tenant_id: int) -> str:
    """The tag of everything read from a tenant's reports."""
    return f"tenant:{tenant_id}:reports"


def services(tenant_id: int) -> str:
    """The tag of everything read from a tenant's services."""
    return f"tenant:{tenant_id}:services"
