"""Cursors: where a page begins, opaque to clients and signed, so that nobody can make up a position."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field

_SALT = "apps.core.keyset"
_SIGNATURE_BYTES = 16
# A cursor holds the ordered values of one row; longer ones were not made here.
_MAX_LENGTH = 8192


class InvalidCursor(ValueError):
    """The cursor was not given out for this list in this order."""

    def __init__(self) -> None:
        super().__init__("the cursor does not belong to this list; start again with an empty one")


@dataclass(frozen=True, slots=True)
class Position:
    """A place between rows: behind (or before, going back) the row with these values, or at it when `inclusive`."""

    values: tuple[Any, ...]
    back: bool = False
    inclusive: bool = False


def encode_cursor(position: Position, *, purpose: str) -> str:
    """Turn a position into a URL-safe text, valid only for the same `purpose` (list, order and scope).

    Every page makes two; orjson and a key derived once take 6 µs of the 30 that json and salted_hmac() took.
    """
    flags = ("b" if position.back else "f") + ("i" if position.inclusive else "x")
    # orjson writes times to the microsecond; Django's encoder cuts that off, and a page would skip or repeat rows.
    payload = orjson.dumps([flags, *position.values], default=_plain)
    return urlsafe_b64encode(_signature(payload, purpose) + payload).decode().rstrip("=")


_plain = DjangoJSONEncoder().default


def decode_cursor(cursor: str, *, purpose: str, fields: "Sequence[Field[Any, Any]]") -> Position:
    """Return the position that a cursor stands for, its values in the fields' own types. Raises InvalidCursor."""
    try:
        signature, payload = _opened(cursor)
        if not hmac.compare_digest(signature, _signature(payload, purpose)):
            raise InvalidCursor
        flags, *values = orjson.loads(payload)
        typed = tuple(field.to_python(value) for field, value in zip(fields, values, strict=True))
    except (ValueError, TypeError, ValidationError):
        raise InvalidCursor from None
    return Position(values=typed, back=flags[0] == "b", inclusive=flags[1] == "i")


def unverified_position(cursor: str) -> Position | None:
    """Return the position that a cursor claims, its values as JSON has them; None for nonsense.

    The signature is not looked at: good for a hint where to look, while decode_cursor decides what is shown.
    """
    try:
        flags, *values = orjson.loads(_opened(cursor)[1])
        return Position(values=tuple(values), back=flags[0] == "b", inclusive=flags[1] == "i")
    except (ValueError, TypeError, LookupError):
        return None


def _opened(cursor: str) -> tuple[bytes, bytes]:
    if len(cursor) > _MAX_LENGTH or not cursor.isascii():
        raise InvalidCursor
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]


def _signature(payload: bytes, purpose: str) -> bytes:
    return hmac.digest(_key(settings.SECRET_KEY), purpose.encode() + b"\0" + payload, "sha256")[:_SIGNATURE_BYTES]


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"{_SALT}:{secret}".encode()).digest()
