"""The fast lane itself: from a WSGI environment to a reply, without Django's request and response in between."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.http.request import split_domain_port, validate_host
from django.urls import resolve

from apps.core import clock
from apps.core.cache import Limited, limited_get_or_set
from apps.core.rate_limits import Limit
from apps.rest.answers import CACHE_CONTROL, VARY, Answer, has_already, json_answer, takes_gzip
from apps.rest.fast_lane.endpoints import Endpoint, endpoint_of
from apps.rest.fast_lane.errors import LeaveLane
from apps.rest.limits import COUNTED, limits_of_key, unused, usage_headers
from apps.rest.problems import too_many_requests
from apps.tenants.errors import InvalidApiKey
from apps.tenants.models import Scope
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import Caller, caller_of_key

Environment = dict[str, Any]
Headers = list[tuple[str, str]]

_PREFIX = "/api/v1/"
_BEARER = "Bearer "
_LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
# Kept in the cache like an answer: that there is none holds as long as the tags do.
_NOTHING = b""
# An answer here is data: nothing in it is to be run or framed, and it refers and opens nothing.
_SECURITY: Headers = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
]
_KEPT_BY_CLIENT: Headers = [("Cache-Control", CACHE_CONTROL), ("Vary", VARY)]
_CONTENT_TYPE = ("Content-Type", "application/json")
_ENCODING = ("Content-Encoding", "gzip")


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished answer; `route` is the URL pattern, for metrics."""

    status: int
    headers: Headers
    body: bytes
    route: str


def reply_to(environ: Environment) -> Reply | None:
    """Answer a request in the fast lane; None for those that are the viewsets'. At most one statement."""
    path: str = environ.get("PATH_INFO", "")
    if environ.get("REQUEST_METHOD") != "GET" or not path.startswith(_PREFIX) or COUNTED in environ:
        return None
    endpoint = endpoint_of(path)
    try:
        if endpoint is None or not _is_plain(environ):
            return None
        caller = _reader(environ)
        question = endpoint.question(path, environ.get("QUERY_STRING", ""))
        return _reply(environ, caller, endpoint, question, _route(endpoint.sample_path))
    except LeaveLane:
        return None


def _is_plain(environ: Environment) -> bool:
    """Tell whether JSON is wanted, over a connection and from a host that need no explanation."""
    accepted: str = environ.get("HTTP_ACCEPT", "*/*")
    if accepted != "*/*" and not accepted.startswith("application/json"):
        return False
    if settings.SECURE_SSL_REDIRECT and not _is_secure(environ):
        return False
    # HTTP/1.0 knows no Host; then it is the server's own name, as for Django.
    return _is_our_host(environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""), tuple(settings.ALLOWED_HOSTS))


def _is_secure(environ: Environment) -> bool:
    if settings.SECURE_PROXY_SSL_HEADER:
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        return bool(environ.get(header, "").split(",", 1)[0].strip() == secure)
    return bool(environ.get("wsgi.url_scheme") == "https")


@lru_cache(maxsize=256)
def _is_our_host(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, list(allowed) or _LOCAL_HOSTS)


def _reader(environ: Environment) -> Caller:
    """Return who asks. Errors: LeaveLane for nobody and for a key that may not read."""
    authorization: str = environ.get("HTTP_AUTHORIZATION", "")
    if not authorization.startswith(_BEARER):
        raise LeaveLane
    try:
        caller = caller_of_key(authorization[len(_BEARER) :], now=clock.now())
    except InvalidApiKey:
        raise LeaveLane from None
    if Scope.READ not in caller.scopes:
        raise LeaveLane
    return caller


def _reply(environ: Environment, caller: Caller, endpoint: Endpoint, question: Any, route: str) -> Reply:
    tenant_id = caller.tenant_id
    compress = takes_gzip(environ)

    def compute() -> bytes:
        try:
            with tenant_scope(tenant_id):
                return json_answer(endpoint.document(tenant_id, question), compress=compress).packed()
        except LeaveLane:
            return _NOTHING

    limits = limits_of_key(caller)
    found = limited_get_or_set(
        limits=limits,
        key=f"api:{{{tenant_id}}}:{_digest(endpoint.key(question), compress)}",
        tags=endpoint.tags(tenant_id),
        kind=endpoint.kind,
        compute=compute,
    )
    if found.value is None:
        return _refusal(found, limits, route)
    if found.value == _NOTHING:
        # Counted already: the viewset that explains it must not count it again.
        environ[COUNTED] = found.usage or unused(limits)
        raise LeaveLane
    return _success(environ, found, limits, route)


def _success(environ: Environment, found: Limited, limits: list[Limit], route: str) -> Reply:
    assert found.value is not None
    answer = Answer.unpacked(found.value)
    headers = [*_KEPT_BY_CLIENT, ("ETag", f'"{answer.etag}"'), *usage_headers(found.usage, limits).items()]
    if has_already(environ, answer):
        # What the client has already says how it is to be treated.
        return Reply(304, headers, b"", route)
    headers += (*_SECURITY, _CONTENT_TYPE, ("Content-Length", str(len(answer.body))))
    if answer.compressed:
        headers.append(_ENCODING)
    return Reply(200, headers, answer.body, route)


def _refusal(found: Limited, limits: list[Limit], route: str) -> Reply:
    assert found.usage is not None
    problem: HttpResponseBase = too_many_requests(found.usage.seconds_left)
    headers = [*_SECURITY, *problem.items(), *usage_headers(found.usage, limits).items()]
    return Reply(429, headers, problem.getvalue(), route)


@lru_cache(maxsize=16_384)
def _digest(key: str, compress: bool) -> str:
    # Hashed: clients choose a query's length, and keys are kept in memory.
    return hashlib.blake2b(key.encode(), digest_size=16, salt=b"gzip" if compress else b"").hexdigest()


@lru_cache(maxsize=16)
def _route(path: str) -> str:
    return "/" + resolve(path).route
