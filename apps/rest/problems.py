"""Every error of /api/ as a problem document."""

from collections.abc import Callable, Iterator
from typing import Any

import structlog
from django.core import exceptions as django_errors
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse
from rest_framework import exceptions as rest_errors
from rest_framework.views import set_rollback

from apps.core.problems import FieldProblem, problem_response
from apps.issues.errors import IssueNotFound, StaleIssue, TransitionRefused
from apps.reports.errors import InvalidReport
from apps.rest.limits import TooManyRequests
from apps.triage.errors import InvalidCorrection

log = structlog.get_logger(__name__)
# An error repeats the input; nobody needs half a megabyte of it back.
_MESSAGE_MAX = 300


def problem_of(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Return the answer to an error (DRF's EXCEPTION_HANDLER). What nobody expected is logged and becomes a 500."""
    set_rollback()
    for kind, answer in _ANSWERS:
        if isinstance(error, kind):
            return answer(error)
    log.error("request_failed", exc_info=error)
    # What error trackers and the test client listen to.
    request = context["request"]
    got_request_exception.send(sender=type(context["view"]), request=getattr(request, "_request", request))
    return problem_response(status=500, detail="something went wrong here; it has been logged")


def _api_error(error: rest_errors.APIException) -> HttpResponse:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    kind = "malformed-body" if isinstance(error, rest_errors.ParseError) else ""
    return problem_response(status=error.status_code, kind=kind, detail=str(error.detail), headers=headers)


def too_many_requests(seconds: int) -> HttpResponse:
    """Answer 429, with the seconds until the next try in Retry-After."""
    detail = f"too many requests; try again in {seconds} s"
    return problem_response(status=429, detail=detail, headers={"Retry-After": str(seconds)})


def _validation(error: rest_errors.ValidationError) -> HttpResponse:
    return invalid_input(list(field_problems(error.detail)))


def invalid_input(errors: list[FieldProblem]) -> HttpResponse:
    """Answer 400 with the fields that are wrong, named in `detail` too for those who read only that."""
    detail = "; ".join(f"{error.field}: {error.message}" for error in errors)
    return problem_response(status=400, kind="invalid-input", detail=detail, errors=errors)


def field_problems(detail: Any, field: str = "") -> Iterator[FieldProblem]:
    """Flatten DRF's nested errors; a field inside others is named by its path, as in `items[2].lat`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            path = field if name == "non_field_errors" else f"{field}.{name}".lstrip(".")
            yield from field_problems(inner, path)
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from field_problems(inner, f"{field}[{position}]" if nested else field)
    else:
        yield FieldProblem(field or "body", str(detail)[:_MESSAGE_MAX], getattr(detail, "code", None) or "invalid")


def _report(error: InvalidReport) -> HttpResponse:
    return invalid_input([FieldProblem(field, message) for field, message in error.problems.items()])


def _correction(error: InvalidCorrection) -> HttpResponse:
    return invalid_input([FieldProblem(error.field, error.message)])


def _transition(error: TransitionRefused) -> HttpResponse:
    message = str(error).partition(": ")[2]
    errors = [FieldProblem("status", message, "transition-refused")]
    return problem_response(status=409, kind="transition-refused", detail=str(error), errors=errors)


def _stale(error: StaleIssue) -> HttpResponse:
    errors = [FieldProblem("version", str(error).partition(": ")[2], "stale")]
    return problem_response(status=409, kind="stale", detail=str(error), errors=errors)


def _status(status: int) -> Callable[[Any], HttpResponse]:
    return lambda error: problem_response(status=status, detail=str(error))


# The first that fits answers, so the narrower stand before the wider.
_ANSWERS: list[tuple[type[Exception], Callable[[Any], HttpResponse]]] = [
    (rest_errors.ValidationError, _validation),
    (TooManyRequests, lambda error: too_many_requests(error.seconds)),
    (rest_errors.APIException, _api_error),
    (InvalidReport, _report),
    (InvalidCorrection, _correction),
    (TransitionRefused, _transition),
    (StaleIssue, _stale),
    (IssueNotFound, _status(404)),
    (django_errors.RequestDataTooBig, _status(413)),
    (django_errors.BadRequest, _status(400)),
    (django_errors.SuspiciousOperation, lambda _: problem_response(status=400)),
    (django_errors.PermissionDenied, lambda _: problem_response(status=403)),
    # Django's message names the model; an outsider learns nothing.
    (Http404, lambda _: problem_response(status=404, detail="there is nothing here")),
]
