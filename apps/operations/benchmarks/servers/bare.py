"""The limit of every HTTP figure: a view that answers 2 KB to whatever is asked."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path

BYTES = 2048
_BODY = b"x" * BYTES


def bare(request: HttpRequest) -> HttpResponse:
    """Answer at once."""
    return HttpResponse(_BODY, content_type="application/json")


urlpatterns: list[URLPattern] = [re_path("", bare)]
