"""Measure every request, and give each an id that its answer and all its log lines carry."""

import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.observability.measures import publish_pool_figures_now_and_then, request_seconds, requests_in_flight

GetResponse = Callable[[HttpRequest], HttpResponse]

# What a client or proxy may choose as an id: nothing that could break a log line or a header.
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Everything else is counted as OTHER: a label must not be the client's to invent.
_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))


class RequestIdMiddleware:
    """Take the request's id from `X-Request-ID` or make one, and answer with it.

    Stands before django-structlog's middleware, which reads the header and binds the id to the log.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request.META["HTTP_X_REQUEST_ID"] = request_id_of(request.META)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


def request_id_of(headers: Mapping[str, Any]) -> str:
    """Return the id that the client or a proxy has chosen, or a new one. `headers` as WSGI names them."""
    given = headers.get("HTTP_X_REQUEST_ID", "")
    return given if _ACCEPTABLE_ID.fullmatch(given) else str(uuid.uuid4())


class RequestMetricsMiddleware:
    """Observe the duration by method, route template and status, and count requests in flight.

    The route is the URL pattern, never the URL: ids in a label would make a time series a request. Of a streamed
    answer the time to its first byte is measured.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

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
        publish_pool_figures_now_and_then()
        return response


def route_of(request: HttpRequest) -> str:
    """Return the pattern that the URL matched; `unmatched` for none, also when a middleware answered before."""
    match = request.resolver_match
    return "/" + match.route if match is not None else "unmatched"
