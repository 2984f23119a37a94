"""The formats of an export: their names, and what stands around and between the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ExportFormat(StrEnum):
    """CSV by RFC 4180, JSON objects a line, or a GeoJSON FeatureCollection (RFC 7946); all of them UTF-8."""

    CSV = "csv"
    NDJSON = "ndjson"
    GEOJSON = "geojson"

    @property
    def media_type(self) -> str:
        """The registered or customary media type, without parameters."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.NDJSON: "application/x-ndjson",
    ExportFormat.GEOJSON: "application/geo+json",
}


@dataclass(frozen=True, slots=True)
class Framing:
    """What a file has besides its rows: `tail` ends one with rows, `tail_if_empty` one without."""

    head: bytes
    between: bytes
    tail: bytes
    tail_if_empty: bytes


def framing_of(format: ExportFormat, fields: Sequence[str]) -> Framing:  # noqa: A002
    """Return the framing of a file with these fields."""
    if format is ExportFormat.CSV:
        return Framing(head=f"{','.join(fields)}\r\n".encode(), between=b"\r\n", tail=b"\r\n", tail_if_empty=b"")
    if format is ExportFormat.NDJSON:
        return Framing(head=b"", between=b"\n", tail=b"\n", tail_if_empty=b"")
    head = b'{"type":"FeatureCollection","features":[\n'
    return Framing(head=head, between=b",\n", tail=b"\n]}\n", tail_if_empty=b"]}\n")
