"""The schema and its two readers; assets are ours, nothing is asked of another server."""

from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from apps.rest.views import ScopedView


class SchemaView(ScopedView, SpectacularAPIView):
    """The OpenAPI document; it holds no tenant's data and is for anybody, within the limits by address."""

    anonymous_allowed = True


class SwaggerView(ScopedView, SpectacularSwaggerSplitView):
    """Swagger UI, its script apart from its page: nothing inline that a strict policy would refuse."""

    anonymous_allowed = True
    url_name = "rest:schema"


class RedocView(ScopedView, SpectacularRedocView):
    """Redoc, in a page of ours: the package's own asks Google for fonts."""

    anonymous_allowed = True
    url_name = "rest:schema"
    template_name = "rest/redoc.html"
