"""Metrics and health over HTTP."""

from dataclasses import asdict
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.core import metrics
from apps.core.pool_statistics import all_pool_statistics
from apps.observability.access import operators_only
from apps.observability.health import readiness
from apps.observability.measures import (
    publish_cache_figures,
    publish_intake,
    publish_pool_figures,
    publish_queue_depths,
)


def _json(document: Any, *, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(document), status=status, content_type="application/json")


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process answers at all; touches nothing else, so that a slow database kills no process."""
    return _json({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when requests can be served, 503 with the failing part when not.

    Without cache or broker the answer is 200 and `degraded`; with `?strict` any failing part is a 503, for alarms.
    """
    found = readiness()
    failed = found.status == "unavailable" or (found.status == "degraded" and "strict" in request.GET)
    parts = {part.name: {"ok": part.ok, "milliseconds": part.milliseconds} for part in found.parts}
    return _json({"status": found.status, "parts": parts}, status=503 if failed else 200)


@require_safe
@never_cache
@operators_only
def prometheus(request: HttpRequest) -> HttpResponse:
    """Answer all processes' figures as Prometheus text."""
    publish_pool_figures()
    publish_cache_figures()
    publish_queue_depths()
    publish_intake()
    return HttpResponse(metrics.render(), content_type=metrics.CONTENT_TYPE)


@require_safe
@never_cache
@operators_only
def database_pool(request: HttpRequest) -> HttpResponse:
    """Answer the answering process's pools as JSON; /metrics adds all processes up."""
    return _json({"pools": [asdict(pool) for pool in all_pool_statistics()]})


@require_safe
@never_cache
@operators_only
def cache(request: HttpRequest) -> HttpResponse:
    """Answer hits and misses by kind over all processes, and Redis's own figures, as JSON."""
    statistics = publish_cache_figures()
    kinds = [asdict(kind) | {"hit_rate": kind.hit_rate} for kind in statistics.kinds]
    return _json(asdict(statistics) | {"hit_rate": statistics.hit_rate, "kinds": kinds})
