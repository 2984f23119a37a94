"""Two ways in: an API key, or the session of a member of staff."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from apps.core import clock
from apps.rest.principals import Principal
from apps.tenants.errors import InvalidApiKey
from apps.tenants.models import Role, Scope, User
from apps.tenants.selectors import caller_of_key, role_allows

SCHEME = "Bearer"


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer wl_<prefix>_<secret>`; any other Authorization header is refused, not ignored."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Principal] | None:
        """Return the key's principal, None without the header. Which of its faults a key has is not told."""
        words = get_authorization_header(request).split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != SCHEME.lower().encode():
            raise AuthenticationFailed(f"use the header Authorization: {SCHEME} <API key>")
        try:
            caller = caller_of_key(words[1].decode("latin-1"), now=clock.now())
        except InvalidApiKey as error:
            raise AuthenticationFailed(str(error)) from None
        principal = Principal(
            tenant_id=caller.tenant_id,
            identity=f"key:{caller.api_key_id}",
            may_read=Scope.READ in caller.scopes,
            may_write=Scope.WRITE in caller.scopes,
            requests_per_minute=caller.requests_per_minute,
        )
        return AnonymousUser(), principal

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 says in WWW-Authenticate."""
        return f'{SCHEME} realm="wardline"'


class StaffSessionAuthentication(SessionAuthentication):
    """A signed-in member of staff, in the tenant that TenantMiddleware has chosen; writes need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, Principal] | None:
        """Return the person and their principal. Errors: PermissionDenied for a person without any tenant."""
        found = super().authenticate(request)
        if found is None:
            return None
        user = found[0]
        tenant, role = request._request.tenant, request._request.tenant_role  # type: ignore[attr-defined]
        if tenant is None or role is None or not isinstance(user, User):
            raise PermissionDenied("you are not a member of any tenant's staff")
        principal = Principal(
            tenant_id=tenant.pk,
            identity=f"user:{user.pk}",
            may_read=True,
            may_write=role_allows(role, Role.AGENT),
            user=user,
        )
        return user, principal


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes keys."""

    target_class = "apps.rest.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the security scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "wl_<prefix>_<secret>"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes staff sessions."""

    target_class = "apps.rest.authentication.StaffSessionAuthentication"
    name = "staffSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the security scheme."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
