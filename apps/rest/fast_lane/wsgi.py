"""The fast lane's door in front of Django, whose request and response would be half of what a cached answer costs."""

import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import structlog
from django.db import DEFAULT_DB_ALIAS, connections

from apps.rest.fast_lane.lane import Environment, Reply, reply_to

Application = Callable[[Environment, Any], Iterable[bytes]]
Observe = Callable[[float, str, int], None]
logger = structlog.get_logger(__name__)


class FastLane:
    """A WSGI application that answers what the fast lane knows, and gives the rest to Django's.

    `request_id` takes the request's id from the environment, or makes one; `observe` hears seconds, route and status.
    """

    def __init__(self, application: Application, *, request_id: Callable[[Environment], str], observe: Observe) -> None:
        self.application = application
        self.request_id = request_id
        self.observe = observe

    def __call__(self, environ: Environment, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        started = time.perf_counter()
        reply = self._reply(environ)
        if reply is None:
            return self.application(environ, start_response)
        status = HTTPStatus(reply.status)
        start_response(f"{status.value} {status.phrase}", [*reply.headers, ("X-Request-ID", self.request_id(environ))])
        self.observe(time.perf_counter() - started, reply.route, reply.status)
        return (reply.body,)

    def _reply(self, environ: Environment) -> Reply | None:
        try:
            return reply_to(environ)
        except Exception:
            # The viewset will do it, or fail in the ways that are told, logged and counted.
            logger.exception("fast_lane_failed", path=environ.get("PATH_INFO"), request_id=self.request_id(environ))
            return None
        finally:
            # What Django does at the end of a request: the connection goes back to the pool.
            connection = connections[DEFAULT_DB_ALIAS]
            if connection.connection is not None:
                connection.close()
