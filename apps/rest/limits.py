"""Requests a minute, counted in Redis for each key, person or address."""

import math
import time
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from rest_framework.exceptions import Throttled

from apps.core.client_address import client_address
from apps.rest.principals import Principal

WINDOW_SECONDS = 60


class TooManyRequests(Throttled):
    """One request more than the limit allows; `seconds` says when the window ends."""

    def __init__(self, seconds: int) -> None:
        super().__init__(wait=seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a minute's limit is used up, this request included."""

    limit: int
    count: int
    seconds_left: int

    @property
    def remaining(self) -> int:
        """How many more requests this window allows."""
        return max(self.limit - self.count, 0)

    @property
    def exceeded(self) -> bool:
        """Whether this request is one too many."""
        return self.count > self.limit

    def refuse_excess(self) -> None:
        """Raise TooManyRequests when this request is one too many."""
        if self.exceeded:
            raise TooManyRequests(self.seconds_left)

    def headers(self) -> dict[str, str]:
        """Return the limit headers; Reset is the Unix time at which the window ends, in seconds."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(time.time()) + self.seconds_left),
        }


def count_request(request: HttpRequest, principal: Principal | None) -> Usage | None:
    """Count a request and return the usage of the tightest limit that it falls under; None with limits off.

    A key's own limit stands in place of the general one; a request with `search=` counts against both. With Redis
    away everybody is let in.
    """
    if not settings.RATE_LIMIT_ENABLED:
        return None
    own = principal.requests_per_minute if principal else None
    usage = _count(request, principal, "api", own or settings.RATE_LIMIT_PER_MINUTE)
    if "search" not in request.GET:
        return usage
    search = _count(request, principal, "api-search", settings.RATE_LIMIT_SEARCH_PER_MINUTE)
    return min(usage, search, key=lambda each: each.limit - each.count)


def _count(request: HttpRequest, principal: Principal | None, group: str, per_minute: int) -> Usage:
    identity = principal.identity if principal else f"address:{client_address(request)}"
    rate = (per_minute, WINDOW_SECONDS)
    found = get_usage(request, group=group, key=lambda *_: identity, rate=rate, increment=True)
    if found is None:
        return Usage(limit=per_minute, count=0, seconds_left=WINDOW_SECONDS)
    return Usage(limit=found["limit"], count=found["count"], seconds_left=max(found["time_left"], 1))
