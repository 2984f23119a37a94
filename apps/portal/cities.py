"""Serve a page as one city: its rows, its language, its time."""

import functools
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation

from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import city_by_slug

View = Callable[..., HttpResponse]


def language_of(tenant: Tenant) -> str:
    """Return the tenant's language, or the nearest that there are words for."""
    try:
        return translation.get_supported_language_variant(tenant.language)
    except LookupError:
        return settings.LANGUAGE_CODE


def in_city(view: View) -> View:
    """Run a view `(request, tenant, …)` of the URL's city; an unknown or inactive one, and Http404, get a kind page.

    Queries: the tenant, once in 5 s. Views render before they return: the scope ends with them.
    """

    @functools.wraps(view)
    def served(request: HttpRequest, slug: str, **arguments: Any) -> HttpResponse:
        tenant = city_by_slug(slug) if "\x00" not in slug else None
        if tenant is None:
            return not_found(request, None)
        language = language_of(tenant)
        with tenant_scope(tenant.pk), translation.override(language), timezone.override(ZoneInfo(tenant.timezone)):
            try:
                response = view(request, tenant, **arguments)
            except Http404:
                response = not_found(request, tenant)
        response.headers.setdefault("Content-Language", language)
        if settings.MAP_TILES_URL:
            # Read by django-csp: tiles are the one thing that may come from elsewhere.
            response._csp_update = {"img-src": settings.MAP_TILES_ORIGIN}  # type: ignore[attr-defined]
        return response

    return served


def not_found(request: HttpRequest, tenant: Tenant | None) -> HttpResponse:
    """Answer 404 with a page that leads somewhere."""
    return render(request, "portal/not_found.html", {"tenant": tenant}, status=404)
