"""How many reports an address may send a minute."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage

WINDOW_SECONDS = 60
# Addresses of one household or machine share their first half (RFC 6177).
_IPV6_PREFIX_BITS = 64


def seconds_to_wait(request: HttpRequest) -> int:
    """Count a report and return 0 when it is within the limit, else the seconds until the window ends.

    With Redis away everybody is let in.
    """
    usage = get_usage(
        request,
        group="portal-report",
        key=lambda *_: f"address:{client_address(request)}",
        rate=(settings.RATE_LIMIT_PER_MINUTE, WINDOW_SECONDS),
        increment=True,
    )
    return max(usage["time_left"], 1) if usage and usage["should_limit"] else 0


def client_address(request: HttpRequest) -> str:
    """Return the caller's address, an IPv6 one as its network.

    Of X-Forwarded-For only the entries written by our own TRUSTED_PROXIES count: the rest is the client's to invent.
    """
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if 0 < settings.TRUSTED_PROXIES <= len(forwarded):
        address = forwarded[-settings.TRUSTED_PROXIES]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _IPV6_PREFIX_BITS), strict=False).network_address)
