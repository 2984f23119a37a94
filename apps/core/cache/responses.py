"""Whole responses as the cache keeps them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response


class NotKept(Exception):
    """This response is for its caller only."""

    def __init__(self, response: Any) -> None:
        super().__init__("not kept")
        self.response = response


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """What makes a response again: DRF's data, rendered anew for each client, or the body of any other."""

    headers: dict[str, str]
    data: Any = None
    body: bytes | None = None


def request_variant(request: HttpRequest | Request) -> str:
    """Return what a view's answer depends on beside its path: who asks, the query in one order, format, language.

    It holds the caller's key, and is not to be kept otherwise than digested.
    """
    user = getattr(request, "user", None)
    parts = [
        ("authorization", request.META.get("HTTP_AUTHORIZATION", "")),
        ("user", str(getattr(user, "pk", None))),
        ("accept", request.META.get("HTTP_ACCEPT", "")),
        ("language", get_language() or ""),
        ("method", str(request.method)),
        (
            "query",
            urlencode([(name, value) for name, values in sorted(request.GET.lists()) for value in sorted(values)]),
        ),
    ]
    return urlencode(parts)


def keep_response(response: Any) -> KeptResponse:
    """Return what to keep of a response. Errors: NotKept for what is not everybody's who asks the same."""
    if (
        not isinstance(response, HttpResponse)
        or response.status_code != 200
        or response.cookies
        or "no-store" in response.get("Cache-Control", "")
    ):
        raise NotKept(response)
    headers = dict(response.headers)
    if isinstance(response, Response):
        return KeptResponse(headers, data=response.data)
    if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
        response.render()
    return KeptResponse(headers, body=response.content)


def response_of(kept: KeptResponse) -> HttpResponse:
    """Return the response again."""
    if kept.body is None:
        return Response(kept.data, headers=kept.headers)
    return HttpResponse(kept.body, headers=kept.headers)
