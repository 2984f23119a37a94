"""Which format an export has: `format=`, or the Accept header, or CSV."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from apps.reports.selectors import ExportFormat


class _Streamed(BaseRenderer):
    """Stands for a format in content negotiation and in the schema; the view streams, nothing is rendered."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        """Refuse: an export never is one piece of data."""
        raise NotImplementedError("an export is streamed")


class CSV(_Streamed):
    """Comma-separated values with a header (RFC 4180)."""

    media_type = ExportFormat.CSV.media_type
    format = ExportFormat.CSV.value


class NDJSON(_Streamed):
    """A JSON object a line."""

    media_type = ExportFormat.NDJSON.media_type
    format = ExportFormat.NDJSON.value


class GeoJSON(_Streamed):
    """A FeatureCollection (RFC 7946)."""

    media_type = ExportFormat.GEOJSON.media_type
    format = ExportFormat.GEOJSON.value


RENDERERS: list[type[BaseRenderer]] = [CSV, NDJSON, GeoJSON]


class FormatFirst(DefaultContentNegotiation):
    """`format=` decides whatever the Accept header says: a link in a page cannot choose its headers."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the renderer and its media type. Errors: ValidationError, NotAcceptable."""
        wanted = request.query_params.get("format", "")
        if not wanted:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
            return chosen
        for renderer in renderers:
            if renderer.format == wanted:
                return renderer, str(renderer.media_type)
        known = ", ".join(str(renderer.format) for renderer in renderers)
        raise ValidationError({"format": f"{wanted[:100]!r} is not one of: {known}"})
