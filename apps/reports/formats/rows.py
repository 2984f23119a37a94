"""What reading a file yields: reports, rejected rows, or one clear refusal."""

from datetime import datetime
from typing import Any, NamedTuple

import orjson

from apps.reports.errors import ReportError

RAW_CHARS_MAX = 10_000  # of a rejected row's text that is kept; its line number leads to the rest


class ImportRefused(ReportError):
    """An import cannot start or go on; the message names the file, the option or the line."""


class UnknownFormat(ImportRefused):
    """No layout has that name; the message lists the known ones."""


class BadMapping(ImportRefused):
    """A field or column of a mapping does not exist."""


class UnreadableFile(ImportRefused):
    """The file is not what it should be, or breaks off; the message says where."""


class FieldProblem(ValueError):
    """A value cannot be taken."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class ImportedReport(NamedTuple):
    """One good row: it has an id, a time, a service, and a location or address. Times are aware.

    A NamedTuple and not a frozen dataclass: it is as immutable, and made five times as fast.
    `line` is the physical line at which the record starts (JSON arrays: the number of the record), from 1.
    """

    line: int
    external_id: str
    received_at: datetime
    service_code: str
    service_name: str
    service_group: str
    description: str
    status: str
    status_notes: str
    lat: float | None
    lng: float | None
    address: str
    address_id: str
    zipcode: str
    media_url: str
    acknowledged_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime | None
    attributes: dict[str, Any]


class RejectedRow(NamedTuple):
    """A row that was not taken: where it is, which field is wrong and why, and its text."""

    line: int
    field: str
    message: str
    raw: str


class Record(NamedTuple):
    """A row as the container gives it: its values in the order of the layout's fields, and what it was made of."""

    line: int
    values: tuple[Any, ...]
    raw: Any


def reject(line: int, field: str, message: str, raw: Any) -> RejectedRow:
    """Make a RejectedRow of whatever the row was made of: physical lines, a text or an object."""
    if isinstance(raw, list):
        raw = "".join(raw)
    elif isinstance(raw, bytes):
        raw = raw.decode("utf-8", "backslashreplace")
    elif not isinstance(raw, str):
        raw = orjson.dumps(raw, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    # The file of rejected rows is UTF-8 without NUL, whatever this row was.
    text = raw[:RAW_CHARS_MAX].rstrip("\r\n").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return RejectedRow(line, field, message, text.replace("\x00", "\\x00"))
