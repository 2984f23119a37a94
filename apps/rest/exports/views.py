"""/api/v1/reports/export/"""

from datetime import timedelta
from functools import partial

import structlog
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from apps.core import clock
from apps.core.problems import CONTENT_TYPE, problem_response
from apps.reports.errors import InvalidExport
from apps.reports.selectors import ExportFormat, ExportOptions, ExportTally, open_export
from apps.rest.answers import VARY, takes_gzip
from apps.rest.exports.negotiation import RENDERERS, FormatFirst
from apps.rest.exports.places import leave_place, take_place
from apps.rest.exports.query import ExportQuery, options_of
from apps.rest.openapi import ProblemSerializer
from apps.rest.principals import Principal, principal_of
from apps.rest.rendering import OrjsonRenderer
from apps.rest.views import ScopedView
from apps.tenants.models import Tenant

log = structlog.get_logger(__name__)

# The 30 s of other statements are for answers that somebody waits for. Here the reader's own speed counts as well: a
# million reports are 0.4 GB, which a line of 8 Mbit/s takes seven minutes to fetch.
TIME_LIMIT = timedelta(minutes=15)
RETRY_SECONDS = 10
_PARAMETERS = {ExportFormat.CSV: "; charset=utf-8; header=present"}


class ReportExportView(ScopedView):
    """All reports that the filters let through, in one streamed answer.

    It is complete if it ends as HTTP says: after an error the connection is cut, and a client that reads chunks or
    gzip notices. Closing the connection ends the export.
    """

    renderer_classes = RENDERERS
    content_negotiation_class = FormatFirst

    def get_renderers(self) -> list[BaseRenderer]:
        """Return the three formats, JSON for the answer to OPTIONS; there is no browsable page of a download."""
        request = getattr(self, "request", None)
        describing = request is not None and request.method == "OPTIONS"
        return [OrjsonRenderer()] if describing else [renderer() for renderer in self.renderer_classes]

    @extend_schema(
        operation_id="reports_export",
        summary="Export reports",
        description=(
            "The tenant's reports, newest first, as one file of any length: CSV, a JSON object a line, or a GeoJSON "
            "FeatureCollection. In CSV, texts that a spreadsheet would take for a formula begin with an apostrophe."
        ),
        parameters=[ExportQuery],
        responses={
            **{(200, each.media_type): OpenApiResponse(OpenApiTypes.STR, "The file.") for each in ExportFormat},
            (400, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, "The request is wrong; errors name the fields."),
            (503, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, "Too many exports at once; see Retry-After."),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Stream the file. The first rows are read before this answers: up to then an error is a problem document."""
        options = options_of(request, ExportFormat(request.accepted_renderer.format))
        compressed = takes_gzip(request._request.META)
        # Asked for before the stream opens, which gives the thread's connection back until it ends.
        headers = self._headers(options, compressed=compressed)
        if not take_place():
            return _no_place()
        try:
            stream = open_export(options, time_limit=TIME_LIMIT, compressed=compressed)
        except InvalidExport as error:
            leave_place()
            raise ValidationError({error.field: error.message}) from error
        except BaseException:
            leave_place()
            raise
        stream.when_closed(leave_place)
        if request.method == "HEAD":
            stream.close()
            return StreamingHttpResponse((), headers=headers)
        stream.when_closed(partial(_log, stream.tally, principal_of(request), options.format.value))
        return StreamingHttpResponse(stream, headers=headers)

    def _headers(self, options: ExportOptions, *, compressed: bool) -> dict[str, str]:
        chosen = options.format
        slug = Tenant.objects.values_list("slug", flat=True).get(pk=principal_of(self.request).tenant_id)
        headers = {
            "Content-Type": f"{chosen.media_type}{_PARAMETERS.get(chosen, '')}",
            "Content-Disposition": f'attachment; filename="{slug}-reports-{clock.now():%Y-%m-%d}.{chosen}"',
            "Cache-Control": "private, no-store",
            "Vary": VARY,
        }
        return headers | ({"Content-Encoding": "gzip"} if compressed else {})


def _no_place() -> HttpResponse:
    return problem_response(
        status=503,
        detail=f"this server streams as many exports as it can; try again in {RETRY_SECONDS} s",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def _log(tally: ExportTally, principal: Principal, chosen: str) -> None:
    # Who took how much is what is asked after a leak. The request's scope is over: the tenant is named here.
    log.info(
        "reports_exported",
        tenant_id=principal.tenant_id,
        by=principal.identity,
        format=chosen,
        rows=tally.rows,
        complete=tally.complete,
    )
