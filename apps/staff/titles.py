"""The title over every admin page."""

from django.http import HttpRequest


def site_title(request: HttpRequest) -> str:
    """Return the name of the active tenant, the product's where none is active."""
    tenant = getattr(request, "tenant", None)
    return tenant.name if tenant is not None else "Wardline"
