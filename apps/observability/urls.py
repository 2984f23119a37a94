"""/metrics, /health and, when switched on, /silk."""

from importlib import import_module

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from apps.observability import views

# Silk's pages have handlers and styles on their elements; only they get this.
_inline_allowed = csp_replace({"script-src": [SELF, UNSAFE_INLINE], "style-src": [SELF, UNSAFE_INLINE]})


def silk_patterns(patterns: list[URLPattern]) -> tuple[list[URLPattern], str]:
    """Return silk's routes under its own name, each with the policy that its page needs."""
    views_of = [(each, _inline_allowed(each.callback)) for each in patterns]
    return [URLPattern(each.pattern, view, each.default_args, each.name) for each, view in views_of], "silk"


urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", views.prometheus, name="metrics"),
    path("metrics/database-pool", views.database_pool, name="metrics-database-pool"),
    path("metrics/cache", views.cache, name="metrics-cache"),
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
]
if settings.SILK_ENABLED:
    urlpatterns.append(path("silk/", include(silk_patterns(import_module("silk.urls").urlpatterns))))
