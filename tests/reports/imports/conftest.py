"""Files of invented reports, in every container."""

import csv
import gzip
import io
import json
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import pytest

from apps.reports.formats import ImportedReport, RejectedRow, layout_of, read_reports

NEW_YORK = ZoneInfo("America/New_York")
GOOD = {
    "service_request_id": "A-1",
    "status": "closed",
    "status_notes": "Case closed. Filled.",
    "service_name": "Pothole",
    "service_code": "pothole-1",
    "description": 'Deep hole, says "Ann" & <Bob>\nsecond line, ünïcode ✓',
    "requested_datetime": "2024-03-01T08:00:00-05:00",
    "updated_datetime": "2024-03-02T09:30:00-05:00",
    "address": "12 Main St, Riverton",
    "lat": "42.36",
    "long": "-71.06",
    "media_url": "",
    "agency_responsible": "Public Works",
}


def row(**changes: str) -> dict[str, str]:
    """Return a good row with some values changed."""
    return GOOD | changes


def as_csv(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_ndjson(rows: list[dict[str, str]]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in rows)


def as_json(rows: list[dict[str, str]]) -> bytes:
    # Coordinates as numbers, an absent value as null and whitespace between: as servers write them.
    numbers = [each | {"lat": float(each["lat"]), "long": float(each["long"]), "media_url": None} for each in rows]
    return json.dumps(numbers, indent=1).encode()


def as_json_object(rows: list[dict[str, str]]) -> bytes:
    return b'{"service_requests": ' + json.dumps(rows).encode() + b', "page": 1}'


def as_xml(rows: list[dict[str, str]]) -> bytes:
    requests = [
        "<request>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in each.items()) + "</request>\n"
        for each in rows
    ]
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<service_requests>\n{"".join(requests)}</service_requests>'
    return text.encode()


CONTAINERS = {"csv": as_csv, "ndjson": as_ndjson, "json": as_json, "object": as_json_object, "xml": as_xml}


def rows_of(
    path: Path, name: str = "open311", mapping: dict[str, str] | None = None
) -> list[ImportedReport | RejectedRow]:
    """Read a whole file."""
    return list(read_reports(path, layout_of(name, mapping), zone=NEW_YORK))


@pytest.fixture
def write(tmp_path: Path):
    """Return what writes bytes to a file of a telling nothing name, gzipped or not."""

    def _write(content: bytes, name: str = "reports.dat", packed: bool = False) -> Path:
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if packed else content)
        return path

    return _write
