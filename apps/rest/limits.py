"""Requests a minute, counted in Redis for each key, person or address."""

import math
import time
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from apps.core.client_address import client_address
from apps.core.rate_limits import Limit, Usage, count_limits
from apps.rest.principals import Principal
from apps.tenants.selectors import Caller

WINDOW_SECONDS = 60
# Where a WSGI environment says that its request was counted already, and with which usage.
COUNTED = "wardline.counted_usage"


class TooManyRequests(Throttled):
    """One request more than the limit allows; `seconds` says when the window ends."""

    def __init__(self, seconds: int) -> None:
        super().__init__(wait=seconds)
        self.seconds = seconds


def limits_of_key(caller: Caller, *, search: bool = False) -> list[Limit]:
    """Return the limits that a request with this key falls under; none with limits off."""
    return _limits(f"{{{caller.tenant_id}}}:key:{caller.api_key_id}", caller.requests_per_minute, search=search)


def limits_of_request(request: HttpRequest, principal: Principal | None) -> list[Limit]:
    """Return the limits that a request falls under; none with limits off.

    A key's own limit stands in place of the general one; a request with `search=` counts against both.
    """
    search = "search" in request.GET
    if principal is None:
        return _limits(f"{{address:{client_address(request)}}}", None, search=search)
    identity = f"{{{principal.tenant_id}}}:{principal.identity}"
    return _limits(identity, principal.requests_per_minute, search=search)


def _limits(identity: str, own_per_minute: int | None, *, search: bool) -> list[Limit]:
    if not settings.RATE_LIMIT_ENABLED:
        return []
    limits = [Limit("api", identity, own_per_minute or settings.RATE_LIMIT_PER_MINUTE, WINDOW_SECONDS)]
    if search:
        limits.append(Limit("search", identity, settings.RATE_LIMIT_SEARCH_PER_MINUTE, WINDOW_SECONDS))
    return limits


def unused(limits: Sequence[Limit]) -> Usage | None:
    """Return what is told with Redis away, when everybody is let in: nothing is used of the tightest limit."""
    tightest = min(limits, key=lambda limit: limit.requests, default=None)
    return Usage(limit=tightest.requests, count=0, seconds_left=tightest.seconds) if tightest else None


def count_request(request: HttpRequest, principal: Principal | None) -> Usage | None:
    """Count a request and return the usage of the tightest limit that it falls under; None with limits off.

    With Redis away everybody is let in.
    """
    limits = limits_of_request(request, principal)
    return count_limits(limits) or unused(limits)


def refuse_excess(usage: Usage | None) -> None:
    """Raise TooManyRequests when this request is one too many."""
    if usage is not None and usage.exceeded:
        raise TooManyRequests(usage.seconds_left)


def usage_headers(usage: Usage | None, limits: Sequence[Limit] = ()) -> dict[str, str]:
    """Return the limit headers; Reset is the Unix time at which the window ends, in seconds.

    Without a usage, those of `limits` unused: Redis was away. Nothing with limits off.
    """
    usage = usage or unused(limits)
    if usage is None:
        return {}
    return {
        "X-RateLimit-Limit": str(usage.limit),
        "X-RateLimit-Remaining": str(usage.remaining),
        "X-RateLimit-Reset": str(math.ceil(time.time()) + usage.seconds_left),
    }
