"""/metrics, /health and, when switched on, /silk."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from apps.observability import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", views.prometheus, name="metrics"),
    path("metrics/database-pool", views.database_pool, name="metrics-database-pool"),
    path("metrics/cache", views.cache, name="metrics-cache"),
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
]
if settings.SILK_ENABLED:
    urlpatterns.append(path("silk/", include("silk.urls")))
