"""Who may read operational figures.

A signed-in member of staff; or a bearer of `METRICS_TOKEN`, for Prometheus; or, in development only, anybody on the
same machine who was not forwarded by a proxy. Without a token in the settings no token opens anything.
"""

import functools
import hmac
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.core.problems import problem_response

View = Callable[[HttpRequest], HttpResponse]


def may_read_figures(request: HttpRequest) -> bool:
    """Decide by the rule above. Queries: none for a token or loopback; the session's and user's for staff."""
    return _has_token(request) or _is_local_development(request) or _is_staff(request)


def operators_only(view: View) -> View:
    """Answer 401 to strangers and 403 to people who are signed in but not staff."""

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if may_read_figures(request):
            return view(request)
        if "HTTP_AUTHORIZATION" not in request.META and request.user.is_authenticated:
            return problem_response(status=403, detail="these figures are for staff")
        return problem_response(
            status=401,
            detail="sign in as staff, or send the metrics token as a bearer token",
            headers={"WWW-Authenticate": 'Bearer realm="operations"'},
        )

    return guarded


def _has_token(request: HttpRequest) -> bool:
    scheme, _, given = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    wanted: str = settings.METRICS_TOKEN
    # Compared as bytes: compare_digest refuses text that is not ASCII.
    return bool(wanted) and scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), wanted.encode())


def _is_local_development(request: HttpRequest) -> bool:
    if settings.ENVIRONMENT != "development" or "HTTP_X_FORWARDED_FOR" in request.META:
        return False
    address = request.META.get("REMOTE_ADDR", "")
    try:
        # gunicorn on a Unix socket gives no address: only a process of this machine can be there.
        return not address or ip_address(address).is_loopback
    except ValueError:
        return False


def _is_staff(request: HttpRequest) -> bool:
    return "HTTP_AUTHORIZATION" not in request.META and request.user.is_active and request.user.is_staff
