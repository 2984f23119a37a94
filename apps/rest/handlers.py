"""The last resort for what fails outside a view: for the root URLconf's handler400, handler404 and handler500."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import defaults

from apps.core.problems import problem_response

_PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 400: a problem document under /api/, Django's page elsewhere."""
    return problem_response(status=400) if _ours(request) else defaults.bad_request(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 404: a problem document under /api/, Django's page elsewhere."""
    return problem_response(status=404) if _ours(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500: a problem document under /api/, Django's page elsewhere."""
    return problem_response(status=500) if _ours(request) else defaults.server_error(request)


def _ours(request: HttpRequest) -> bool:
    return request.path_info.startswith(_PREFIX)
