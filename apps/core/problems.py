"""Errors as RFC 9457 problem documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NotRequired, TypedDict

import orjson
from django.http import HttpResponse

CONTENT_TYPE = "application/problem+json"


class FieldProblemDocument(TypedDict):
    """One entry of `errors`: where, what, and a code for programs."""

    field: str
    message: str
    code: str
    line: NotRequired[int]


class ProblemDocument(TypedDict):
    """The members of RFC 9457 section 3.1, and `errors` as its extension (section 3.2)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblemDocument]


# Python says so only since 3.13.
_RFC_9110_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field; `line` counts from 1 in input that has lines."""

    field: str
    message: str
    code: str = "invalid"
    line: int | None = None

    def document(self) -> FieldProblemDocument:
        """Return the entry for `errors`."""
        entry: FieldProblemDocument = {"field": self.field, "message": self.message, "code": self.code}
        if self.line is not None:
            entry["line"] = self.line
        return entry


def problem_document(
    *, status: int, detail: str = "", kind: str = "", title: str = "", errors: Iterable[FieldProblem] = ()
) -> ProblemDocument:
    """Build a problem document.

    `kind` is a slug such as "unknown-service": the type becomes the URN of that kind and `title` its words. Without a
    kind the type is about:blank, whose title has to be the status's own phrase (section 4.2.1).
    """
    phrase = _RFC_9110_PHRASES.get(status) or HTTPStatus(status).phrase
    return {
        "type": f"urn:wardline:problem:{kind}" if kind else "about:blank",
        "title": title or (kind.replace("-", " ").capitalize() if kind else phrase),
        "status": status,
        "detail": detail or phrase,
        "errors": [error.document() for error in errors],
    }


def problem_response(
    *,
    status: int,
    detail: str = "",
    kind: str = "",
    title: str = "",
    errors: Iterable[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Answer with a problem document under its own content type, and never let it be stored by a cache."""
    document = problem_document(status=status, detail=detail, kind=kind, title=title, errors=errors)
    sent = {"Cache-Control": "no-store", **(headers or {})}
    return HttpResponse(orjson.dumps(document), status=status, content_type=CONTENT_TYPE, headers=sent)
