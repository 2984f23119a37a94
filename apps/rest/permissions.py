"""Who may do what: reading needs a key's read scope or any role, writing the write scope or an agent."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.rest.principals import Principal


class MayReadOrWrite(BasePermission):
    """Read with safe methods, write with the others; nobody anonymous."""

    message = "this key or role may not do that"

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the caller may use the request's method."""
        principal = request.auth
        if not isinstance(principal, Principal):
            return False
        if request.method in SAFE_METHODS:
            return principal.may_read
        self.message = "writing needs a key with the write scope, or the role of an agent"
        return principal.may_write
