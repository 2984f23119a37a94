"""JSON out and in by orjson, bounded."""

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.functional import Promise
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer


class OrjsonRenderer(BaseRenderer):
    """application/json; indented inside the browsable pages."""

    media_type = "application/json"
    format = "json"
    # JSON is UTF-8 and has no charset parameter (RFC 8259, section 11).
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes; nothing for None."""
        if data is None:
            return b""
        readable = "indent" in (renderer_context or {})
        return orjson.dumps(data, default=plain, option=orjson.OPT_UTC_Z | (orjson.OPT_INDENT_2 if readable else 0))


def plain(value: Any) -> str:
    """Return what orjson does not know as text: lazy words and decimals. Errors: TypeError for anything else."""
    if isinstance(value, Promise | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


class StaffPages(BrowsableAPIRenderer):
    """The browsable API; it sends JSON only, as the API takes nothing else."""

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Any) -> str:
        """Offer no HTML forms, the raw JSON form remains."""
        return ""


class OrjsonParser(BaseParser):
    """application/json of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, without NaN, infinities or lone surrogates."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the document. Errors: RequestDataTooBig, ParseError with the place."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        # One byte more tells too long from just right, whatever Content-Length says.
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestDataTooBig(f"the body is larger than {limit} bytes")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"the body is not JSON: {error}") from None
