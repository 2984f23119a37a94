"""Texts of a query string as values for a statement. What is not plainly right is left to whoever explains errors."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

Reader = Callable[[str], Any]
_LARGEST = 2**53


class NotReadable(ValueError):
    """The text does not plainly say a value; nothing was read."""


def one_of(choices: Iterable[str]) -> Reader:
    """Return a reader of one of some words."""
    known = frozenset(choices)

    def read(text: str) -> str:
        if text not in known:
            raise NotReadable
        return text

    return read


def whole_number(text: str) -> int:
    """Read a whole number from 1 to 2^53, written in ASCII digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and 1 <= int(text) <= _LARGEST):
        raise NotReadable
    return int(text)


def boolean(text: str) -> bool:
    """Read true or false."""
    if text not in ("true", "false"):
        raise NotReadable
    return text == "true"


def aware_time(text: str) -> datetime:
    """Read a time with its zone in ISO 8601, as in 2026-11-22T08:00:00Z."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotReadable from None
    if moment.tzinfo is None or "T" not in text:
        raise NotReadable
    return moment
