"""The fast lane's door inside Django, for servers and tests that call Django itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from apps.rest.fast_lane.lane import Reply, reply_to


class FastLaneMiddleware:
    """Answer what the fast lane knows; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reply = reply_to(request.META)
        if reply is None:
            return self.get_response(request)
        # For metrics: the route, as the viewset's own answers have it.
        request.resolver_match = resolve(request.path_info)
        return _response(reply)


def _response(reply: Reply) -> HttpResponse:
    response = HttpResponse(reply.body, status=reply.status)
    del response["Content-Type"]
    for name, value in reply.headers:
        response.headers[name] = value
    return response
