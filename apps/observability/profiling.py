"""Query profiles for silk's pages, recorded by us: silk's own recorder keeps bodies, headers and SQL with values.

What is kept of a sampled request: path, view, method, status, times, harmless headers, the names of its query
parameters, and each statement with placeholders and the line of ours that sent it. Raw statements and COPY are seen
as well as the ORM's, which silk's recorder would miss. In the middleware list only when `SILK_ENABLED`.
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from silk.models import Request, Response, SQLQuery

from apps.core import clock
from apps.core.query_counter import QueryCounter

logger = structlog.get_logger(__name__)

_KEPT_HEADERS = frozenset(
    ("accept", "accept-encoding", "accept-language", "cache-control", "content-length", "content-type", "etag")
)
_NOT_PROFILED = ("/silk/", "/static/", "/metrics", "/health/")


class ProfilingMiddleware:
    """Record `SILK_SAMPLE_PERCENT` of the requests."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_sampled(request):
            return self.get_response(request)
        began = clock.now()
        started = time.perf_counter()
        with QueryCounter() as queries:
            response = self.get_response(request)
        try:
            record_profile(request, response, queries, began=began, started=started)
        except DatabaseError:
            logger.warning("profile_not_kept", path=request.path, exc_info=True)
        return response


def record_profile(
    request: HttpRequest, response: HttpResponse, queries: QueryCounter, *, began: datetime, started: float
) -> Request:
    """Store one request's profile. Queries: 3 in a transaction of its own, after the request's are over."""
    with transaction.atomic():
        profile = Request(
            path=request.path,
            method=request.method or "",
            view_name=_view_name(request),
            query_params=json.dumps(dict.fromkeys(request.GET, "…")) if request.GET else "",
            encoded_headers=_kept(request.headers),
            start_time=began,
            end_time=clock.now(),
            num_sql_queries=len(queries),
        )
        profile.save(force_insert=True)
        Response.objects.create(
            request=profile, status_code=response.status_code, encoded_headers=_kept(response.headers)
        )
        # Silk's own manager would save the request once more for every statement.
        QuerySet(SQLQuery).bulk_create(
            [
                SQLQuery(
                    request=profile,
                    identifier=number,
                    query=query.statement,
                    traceback=query.line,
                    start_time=began + timedelta(seconds=query.started - started),
                    end_time=began + timedelta(seconds=query.started - started + query.seconds),
                    time_taken=query.seconds * 1000,
                )
                for number, query in enumerate(queries.queries, 1)
            ]
        )
    return profile


def _is_sampled(request: HttpRequest) -> bool:
    return not request.path.startswith(_NOT_PROFILED) and random.random() * 100 < settings.SILK_SAMPLE_PERCENT


def _view_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _kept(headers: Mapping[str, str]) -> str:
    return json.dumps({name.lower(): value for name, value in headers.items() if name.lower() in _KEPT_HEADERS})
