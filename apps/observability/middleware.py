"""Measure every request, and give each an id that its answer and all its log lines carry."""

import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.observability.measures import publish_pool_figures, request_seconds, requests_in_flight

GetResponse = Callable[[HttpRequest], HttpResponse]

# What a client or proxy may choose as an id: nothing that could break a log line or a header.
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Everything else is counted as OTHER: a label must not be the client's to invent.
_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))
_POOL_SECONDS = 1.0


class RequestIdMiddleware:
    """Take the request's id from `X-Request-ID` or make one, and answer with it.

    Stands before django-structlog's middleware, which reads the header and binds the id to the log.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _ACCEPTABLE_ID.fullmatch(given) else str(uuid.uuid4())
        request.META["HTTP_X_REQUEST_ID"] = request_id
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class RequestMetricsMiddleware:
    """Observe the duration by method, route template and status, and count requests in flight.

    The route is the URL pattern, never the URL: ids in a label would make a time series a request. Of a streamed
    answer the time to its first byte is measured.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._pools_due = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        requests_in_flight.increment()
        started = time.perf_counter()
        try:
            response = self.get_response(request)
        finally:
            requests_in_flight.increment(-1)
        method = request.method if request.method in _METHODS else "OTHER"
        seconds = time.perf_counter() - started
        request_seconds.observe(seconds, method=method, route=route_of(request), status=response.status_code)
        if started >= self._pools_due:
            self._pools_due = started + _POOL_SECONDS
            publish_pool_figures()
        return response


def route_of(request: HttpRequest) -> str:
    """Return the pattern that the URL matched; `unmatched` for none, also when a middleware answered before."""
    match = request.resolver_match
    return "/" + match.route if match is not None else "unmatched"
