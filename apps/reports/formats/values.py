"""Turn one value of a file into what a report holds; what cannot be turned raises FieldProblem."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from apps.reports import rules
from apps.reports.formats.rows import FieldProblem

TEXT_CHARS = 20_000  # of a description or note; the longest in seven cities' files has 3,993
SERVICE_CHARS = 200
_YEARS = (1970, 2100)  # a time outside is a mistake, and some would overflow when moved to UTC
_MILLISECONDS_FROM = 100_000_000_000  # as seconds this would be the year 5138
# Characters that no text needs and PostgreSQL or XML refuse, and the surrogates that stand for undecodable bytes.
ODD_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# 02/28/2015 09:08:42 AM, as Boston, New York and Washington write it; the time of day may be absent.
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ ,]+(\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AP])M)?)?", re.I)
_LOST_PLUS = re.compile(r"(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)$")
_NOT_CODE = re.compile(r"[^\w]+")
_OPEN_WORDS = frozenset(
    "open|opened|new|received|submitted|pending|assigned|unassigned|acknowledged|started|in progress|in_progress|"
    "processing|hold|on hold|on_hold|reopened|overdue open|email sent|unspecified".split("|")
)
_CLOSED_WORDS = frozenset(
    "resolved|fixed|completed|complete|done|archived|cancelled|canceled|duplicate|rejected|overdue closed".split("|")
)


def bounded_text(value: Any, field: str, limit: int = TEXT_CHARS) -> str:
    """Return a value as text without outer space; numbers are welcome, lists and objects are not."""
    if value == "":
        return ""
    text = value.strip() if type(value) is str else _as_text(value, field)
    if len(text) > limit:
        raise FieldProblem(field, f"has {len(text):,} characters; at most {limit:,} are taken")
    return text.replace("\r\n", "\n") if "\r" in text else text


def _as_text(value: Any, field: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float | str):
        return str(value).strip()
    raise FieldProblem(field, f"must be a text, not a {type(value).__name__}")


def checked_characters(text: str, field: str) -> str:
    """Return a text without control characters; NUL and bytes that were not UTF-8 are refused."""
    if not ODD_CHARACTERS.search(text):
        return text
    if "\x00" in text:
        raise FieldProblem(field, "has a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FieldProblem(field, "has bytes that are not UTF-8") from None
    return ODD_CHARACTERS.sub("", text)


def coordinates(lat: Any, lng: Any) -> tuple[float | None, float | None]:
    """Return both coordinates in degrees, or neither; 0, 0 is how systems write that they know none."""
    if lat in ("", None) and lng in ("", None):
        return None, None
    place = _degrees(lat, "lat"), _degrees(lng, "lng")
    problems = rules.location_problems(*place, address="")
    for field, message in problems.items():
        raise FieldProblem(field, message)
    return (None, None) if place == (0.0, 0.0) else place


def _degrees(value: Any, field: str) -> float | None:
    if value in ("", None):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise FieldProblem(field, f"{_shown(value)} is not a number") from None


def moment(value: Any, field: str, zone: ZoneInfo) -> datetime | None:
    """Return an aware time, None for an empty value.

    Read are ISO 8601, month/day/year with or without AM and PM, and Unix seconds or milliseconds; a time that does not
    name its zone is in `zone`.
    """
    if value is None or value == "":
        return None
    try:
        # Compact ISO dates have 8 digits; other bare numbers are Unix times, which fromisoformat would misread.
        compact = len(value) > 13 or len(value) == 8 or not value.isdigit()
        at = datetime.fromisoformat(value) if compact else _other_moment(value, field)
    except (TypeError, ValueError):
        at = _other_moment(value, field)
    if not _YEARS[0] <= at.year <= _YEARS[1]:
        raise FieldProblem(field, f"{_shown(value)} is not between the years {_YEARS[0]} and {_YEARS[1]}")
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def required_moment(value: Any, field: str, zone: ZoneInfo) -> datetime:
    """Return an aware time as `moment` does; an empty value is refused."""
    at = moment(value, field, zone)
    if at is None:
        raise FieldProblem(field, "is missing")
    return at


def _other_moment(value: Any, field: str) -> datetime:
    try:
        if isinstance(value, int | float) or value.strip().isdigit():
            seconds = float(value)
            return datetime.fromtimestamp(seconds / 1_000 if seconds >= _MILLISECONDS_FROM else seconds, UTC)
        text = value.strip()
        if american := _AMERICAN.fullmatch(text):
            return _american(american)
        # A client that forgot to percent-encode its "+" sends a space (docs: GeoReport, date-times).
        return datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text))
    except (ValueError, OverflowError, OSError, AttributeError):
        raise FieldProblem(field, f"{_shown(value)} is not a time") from None


def _american(match: re.Match[str]) -> datetime:
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    half = (match[7] or "").upper()
    if half and not 1 <= hour <= 12:
        raise ValueError("no hour of a half day")
    if half:
        hour = hour % 12 + (12 if half == "P" else 0)
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - `moment` gives it the zone


def status_of(value: Any, *, closed: bool) -> str:
    """Return open or closed for a source's word; without a word, `closed` tells whether the row has a closing time."""
    if value == "closed" or value == "open":
        return str(value)
    word = bounded_text(value, "status", 100).lower()
    if not word:
        return (rules.ReportStatus.CLOSED if closed else rules.ReportStatus.OPEN).value
    if word in _OPEN_WORDS:
        return rules.ReportStatus.OPEN.value
    if word.startswith("closed") or word in _CLOSED_WORDS:
        return rules.ReportStatus.CLOSED.value
    raise FieldProblem("status", f"{_shown(value)} is neither open nor closed")


@lru_cache(maxsize=4_096)
def service_code(name: str) -> str:
    """Return a code for a service that its source only names: `Street Light Outages` → `street-light-outages`."""
    return _NOT_CODE.sub("-", name.lower()).strip("-")[:100]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
