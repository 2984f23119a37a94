"""Decisions about reports: what is acceptable, the grid, the hash of a text. Standard library only."""

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

DESCRIPTION_MAX = 4_000  # characters; GeoReport v2, "description"
ADDRESS_MAX = 300
ATTRIBUTES_MAX_BYTES = 20_000
# Edge of a grid cell in metres: three cells on a side cover the widest grouping radius of 100 m.
CELL_METRES = 100.0
_METRES_PER_DEGREE = 111_320.0
_LAT_STEP = CELL_METRES / _METRES_PER_DEGREE
_ROW_FACTOR = 2**32
_WORDS = re.compile(r"\w+")


class Channel(StrEnum):
    """The way by which a report came."""

    WEB = "web"
    API = "api"
    OPEN311 = "open311"
    PHONE = "phone"
    IMPORT = "import"
    FEED = "feed"


class ReportStatus(StrEnum):
    """A report's state as its reporter sees it (GeoReport v2 knows only these)."""

    OPEN = "open"
    CLOSED = "closed"


class TriageState(StrEnum):
    """Where a report stands in triage."""

    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"


def _row(lat: float) -> int:
    return math.floor((lat + 90.0) / _LAT_STEP)


def _lng_step(row: int) -> float:
    # The step is that of the row's southern edge, so that all of a row's cells are equally wide in degrees.
    latitude = min(abs(row * _LAT_STEP - 90.0), 89.0)
    return _LAT_STEP / math.cos(math.radians(latitude))


def grid_cell(lat: float, lng: float) -> int:
    """Return the cell of about 100 × 100 m that a point is in: row · 2³² + column."""
    row = _row(lat)
    return row * _ROW_FACTOR + math.floor((lng + 180.0) / _lng_step(row))


def neighbour_cells(lat: float, lng: float) -> list[int]:
    """Return the point's cell and its eight neighbours; rows above and below use their own column widths."""
    row = _row(lat)
    cells: list[int] = []
    for near in (row - 1, row, row + 1):
        column = math.floor((lng + 180.0) / _lng_step(near))
        cells.extend(near * _ROW_FACTOR + column + step for step in (-1, 0, 1))
    return cells


def normalised_text(text: str) -> str:
    """Return a text for comparison: composed, lower case, words only, single spaces."""
    return " ".join(_WORDS.findall(unicodedata.normalize("NFC", text).lower()))


def content_hash(text: str) -> str:
    """Return 32 hexadecimal digits that equal texts share, whatever their case, spacing and punctuation."""
    return hashlib.blake2b(normalised_text(text).encode(), digest_size=16).hexdigest()


def clean_text(text: str) -> str:
    """Drop what PostgreSQL and XML cannot hold (NUL, control characters but tab and newline), and outer space."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


@dataclass(frozen=True)
class ReportDraft:
    """What a person or program submits, before it is checked."""

    description: str
    lat: float | None = None
    lng: float | None = None
    address: str = ""
    address_id: str = ""
    zipcode: str = ""
    service_code: str = ""
    media_url: str = ""
    attributes: dict[str, object] = field(default_factory=dict)
    external_id: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""


def location_problems(lat: float | None, lng: float | None, address: str) -> dict[str, str]:
    """Return what is wrong with a location: one is needed, and both coordinates or neither."""
    problems: dict[str, str] = {}
    for name, value, limit in (("lat", lat, 90.0), ("lng", lng, 180.0)):
        if value is not None and not (math.isfinite(value) and -limit <= value <= limit):
            problems[name] = f"must be between -{limit:g} and {limit:g}"
    if (lat is None) != (lng is None):
        problems.setdefault("lng" if lng is None else "lat", "lat and lng go together")
    if not problems and lat is None and not address.strip():
        problems["location"] = "a location is needed: lat and lng, or an address"
    return problems


def draft_problems(draft: ReportDraft, *, attributes_bytes: int) -> dict[str, str]:
    """Return what is wrong with a person's report, by field; empty when it can be accepted."""
    problems = location_problems(draft.lat, draft.lng, draft.address or draft.address_id)
    if not clean_text(draft.description):
        problems["description"] = "must not be empty"
    elif len(draft.description) > DESCRIPTION_MAX:
        problems["description"] = f"must not be longer than {DESCRIPTION_MAX} characters"
    if len(draft.address) > ADDRESS_MAX:
        problems["address"] = f"must not be longer than {ADDRESS_MAX} characters"
    if attributes_bytes > ATTRIBUTES_MAX_BYTES:
        problems["attributes"] = f"must not be larger than {ATTRIBUTES_MAX_BYTES} bytes as JSON"
    return problems
