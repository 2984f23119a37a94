"""The door to the fast lane: high up in the middleware, before sessions, cookies and languages."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

from apps.core import clock
from apps.core.cache import limited_get_or_set
from apps.rest.answers import CACHE_CONTROL, VARY, Answer, json_answer, respond, takes_gzip
from apps.rest.fast_lane.endpoints import Endpoint, endpoint_of
from apps.rest.fast_lane.errors import LeaveLane
from apps.rest.limits import limits_of_key, unused, usage_headers
from apps.rest.problems import too_many_requests
from apps.tenants.errors import InvalidApiKey
from apps.tenants.models import Scope
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import Caller, caller_of_key

_PREFIX = "/api/v1/"
_BEARER = "Bearer "
# What the pages' middleware would add: an answer here is data, and nothing that it holds is to be run or framed.
_SECURITY = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Frame-Options": "DENY"}


# Kept in the cache like an answer: that there is none holds as long as the tags do.
_NOTHING = b""


@dataclass(frozen=True, slots=True)
class _Read:
    caller: Caller
    endpoint: Endpoint
    question: Any


class FastLaneMiddleware:
    """Answer what the fast lane knows; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or not request.path_info.startswith(_PREFIX):
            return self.get_response(request)
        try:
            response = _answer(request, _read(request))
        except LeaveLane:
            return self.get_response(request)
        # For metrics: the route, as the viewset's own answers have it.
        request.resolver_match = _match(request.path_info) if request.path_info.count("/") == 4 else _issue_match()
        return response


def _read(request: HttpRequest) -> _Read:
    """Return who asks what. Errors: LeaveLane."""
    endpoint = endpoint_of(request.path_info)
    authorization = request.META.get("HTTP_AUTHORIZATION", "")
    if endpoint is None or not authorization.startswith(_BEARER) or not _takes_json(request):
        raise LeaveLane
    try:
        caller = caller_of_key(authorization[len(_BEARER) :], now=clock.now())
    except InvalidApiKey:
        raise LeaveLane from None
    if Scope.READ not in caller.scopes:
        raise LeaveLane
    # Refuses a Host that is not ours, as the pages' middleware does.
    request.get_host()
    return _Read(caller, endpoint, endpoint.question(request.path_info, request.META.get("QUERY_STRING", "")))


def _answer(request: HttpRequest, read: _Read) -> HttpResponse:
    tenant_id, endpoint = read.caller.tenant_id, read.endpoint
    compress = takes_gzip(request)

    def compute() -> bytes:
        try:
            with tenant_scope(tenant_id):
                return json_answer(endpoint.document(tenant_id, read.question), compress=compress).packed()
        except LeaveLane:
            return _NOTHING

    limits = limits_of_key(read.caller)
    found = limited_get_or_set(
        limits=limits,
        key=f"api:{{{tenant_id}}}:{_digest(endpoint.key(read.question), compress)}",
        tags=endpoint.tags(tenant_id),
        kind=endpoint.kind,
        compute=compute,
    )
    if found.value == _NOTHING:
        # Counted already: the viewset that explains it must not count it again.
        request.counted_usage = found.usage or unused(limits)  # type: ignore[attr-defined]
        raise LeaveLane
    if found.value is None:
        assert found.usage is not None
        response = too_many_requests(found.usage.seconds_left)
    else:
        response = respond(request, Answer.unpacked(found.value))
        response.headers["Cache-Control"] = CACHE_CONTROL
        response.headers["Vary"] = VARY
    for name, value in (*_SECURITY.items(), *usage_headers(found.usage, limits).items()):
        response.headers[name] = value
    return response


def _digest(key: str, compress: bool) -> str:
    # Hashed: clients choose a query's length, and keys are kept in memory.
    return hashlib.blake2b(key.encode(), digest_size=16, salt=b"gzip" if compress else b"").hexdigest()


def _takes_json(request: HttpRequest) -> bool:
    accepted: str = request.META.get("HTTP_ACCEPT", "*/*")
    return accepted == "*/*" or accepted.startswith("application/json")


@lru_cache(maxsize=16)
def _match(path: str) -> ResolverMatch:
    return resolve(path)


@lru_cache(maxsize=1)
def _issue_match() -> ResolverMatch:
    return resolve("/api/v1/issues/1/")
