"""How many reports an address may send a minute."""

from django.conf import settings
from django.http import HttpRequest

from apps.core.client_address import client_address
from apps.core.rate_limits import Limit, count_limits

WINDOW_SECONDS = 60


def seconds_to_wait(request: HttpRequest) -> int:
    """Count a report and return 0 when it is within the limit, else the seconds until the window ends.

    With Redis away everybody is let in.
    """
    if not settings.RATE_LIMIT_ENABLED:
        return 0
    identity = f"{{address:{client_address(request)}}}"
    usage = count_limits([Limit("portal-report", identity, settings.RATE_LIMIT_PER_MINUTE, WINDOW_SECONDS)])
    return usage.seconds_left if usage and usage.exceeded else 0
