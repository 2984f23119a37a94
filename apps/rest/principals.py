"""Who asks: a key or a member of staff, always for one tenant."""

from dataclasses import dataclass

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from apps.tenants.models import User


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of one request; DRF's `request.auth`. `user` is None for a key.

    `requests_per_minute` is a key's own limit, None for the general one.
    """

    tenant_id: int
    identity: str
    may_read: bool
    may_write: bool
    user: User | None = None
    requests_per_minute: int | None = None


def principal_of(request: Request) -> Principal:
    """Return who asks. Errors: NotAuthenticated for nobody."""
    principal = request.auth
    if not isinstance(principal, Principal):
        raise NotAuthenticated
    return principal
