"""Who is calling, when all that is known is an address."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# Addresses of one household or machine share their first half (RFC 6177).
_IPV6_PREFIX_BITS = 64


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
