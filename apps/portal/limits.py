"""How many reports an address may send a minute."""

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage

from apps.core.client_address import client_address

WINDOW_SECONDS = 60


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
