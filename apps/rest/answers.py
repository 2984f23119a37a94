"""An answer's bytes: compressed where the client takes it, tagged, and left out where the client has them already."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from apps.rest.rendering import plain

# Below this a compressed answer is not worth its head; level 6 is where gzip's gain levels off.
COMPRESS_FROM_BYTES = 1_000
_LEVEL = 6
# Of the body's hash: two answers alike by accident are not to be expected in 2^48 of them.
_ETAG_BYTES = 12
_ETAG_LENGTH = 2 * _ETAG_BYTES
_IDENTITY, _GZIP = b"-", b"z"

# Shared caches must not give one caller's answer to another; the caller's own asks again each time.
CACHE_CONTROL = "no-cache, private"
VARY = "Accept, Accept-Encoding, Authorization, Cookie"


@dataclass(frozen=True, slots=True)
class Answer:
    """A body ready to be sent, and its entity tag (of this encoding, without quotes)."""

    body: bytes
    etag: str
    compressed: bool = False

    def packed(self) -> bytes:
        """Return the answer as one text for the cache."""
        return (_GZIP if self.compressed else _IDENTITY) + self.etag.encode() + self.body

    @classmethod
    def unpacked(cls, packed: bytes) -> "Answer":
        """Return what packed() has packed."""
        etag = packed[1 : 1 + _ETAG_LENGTH].decode()
        return cls(packed[1 + _ETAG_LENGTH :], etag, compressed=packed[:1] == _GZIP)


def takes_gzip(headers: Mapping[str, Any]) -> bool:
    """Tell whether the client takes compressed answers. `headers` as WSGI names them."""
    accepted: str = headers.get("HTTP_ACCEPT_ENCODING", "")
    return "gzip" in accepted and "gzip;q=0" not in accepted.replace(" ", "")


def json_answer(document: Any, *, compress: bool) -> Answer:
    """Return a document as JSON, ready to be sent. Times of UTC end with Z, as everywhere in the API."""
    return bytes_answer(orjson.dumps(document, default=plain, option=orjson.OPT_UTC_Z), compress=compress)


def bytes_answer(body: bytes, *, compress: bool) -> Answer:
    """Return a body, compressed if that is wanted and worth it."""
    compressed = compress and len(body) >= COMPRESS_FROM_BYTES
    # Each encoding has a tag of its own (RFC 9110, section 8.8.3.3); the hash is salted by it.
    tag = hashlib.blake2b(body, digest_size=_ETAG_BYTES, key=_GZIP if compressed else b"").hexdigest()
    # Without the time of compression the same document stays the same bytes.
    return Answer(gzip.compress(body, _LEVEL, mtime=0) if compressed else body, tag, compressed=compressed)


def respond(request: HttpRequest, answer: Answer) -> HttpResponse:
    """Answer 200 with the body, or 304 where If-None-Match names its tag."""
    response: HttpResponse
    if has_already(request.META, answer):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(answer.body, content_type="application/json")
        if answer.compressed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(answer.body))
    response.headers["ETag"] = f'"{answer.etag}"'
    return response


def private(response: HttpResponse) -> None:
    """Say for whom and how long an answer may be kept."""
    response.headers["Cache-Control"] = CACHE_CONTROL
    patch_vary_headers(response, VARY.split(", "))


def has_already(headers: Mapping[str, Any], answer: Answer) -> bool:
    """Tell whether If-None-Match names the answer's tag. `headers` as WSGI names them."""
    known: str = headers.get("HTTP_IF_NONE_MATCH", "")
    quoted = f'"{answer.etag}"'
    if not known or known == quoted:
        return bool(known)
    # Compared weakly (RFC 9110, section 13.1.2): proxies that recompress mark tags as weak.
    return known.strip() == "*" or quoted in {tag.removeprefix("W/") for tag in parse_etags(known)}
