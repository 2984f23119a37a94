"""Secrets that are seen once: a key's text, a first password."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse


def shown_once(request: HttpRequest, *, title: Any, secret: str, advice: Any, back: str) -> TemplateResponse:
    """Answer with the secret itself: no redirect, for that would have to keep it in a cookie or a session."""
    context = admin.site.each_context(request) | {"title": title, "secret": secret, "advice": advice, "back": back}
    return TemplateResponse(request, "staff/shown_once.html", context, headers={"Cache-Control": "no-store"})
