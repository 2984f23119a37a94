import csv
import io
import json
import zlib

import pytest

from apps.reports.models import Report
from apps.reports.selectors import EXPORT_FIELDS, ExportFormat, ExportOptions, open_export
from apps.tenants.scoping import tenant_scope
from tests.conftest import MOMENT
from tests.reports.exports.conftest import SECRET, expected, exported, many_reports, read_back


def test_ndjson_says_it_line_by_line(city, reports):
    lines = read_back(exported(city, format=ExportFormat.NDJSON, fields=EXPORT_FIELDS), ExportFormat.NDJSON)
    assert lines == expected(city)
    assert [list(line) for line in lines] == [list(EXPORT_FIELDS)] * len(reports)


def test_geojson_says_it_as_features_with_longitude_first(city, reports):
    features = read_back(exported(city, format=ExportFormat.GEOJSON, fields=EXPORT_FIELDS), ExportFormat.GEOJSON)
    for feature, row in zip(features, expected(city), strict=True):
        place = (row.pop("lng"), row.pop("lat"))
        assert feature == {
            "type": "Feature",
            "id": row.pop("public_id"),
            "geometry": {"type": "Point", "coordinates": list(place)} if None not in place else None,
            "properties": row,
        }


def test_csv_says_it_in_cells(city, reports):
    data = exported(city, fields=EXPORT_FIELDS)
    for cells, row in zip(read_back(data, ExportFormat.CSV), expected(city), strict=True):
        assert json.loads(cells.pop("attributes")) == row.pop("attributes")
        assert [cells.pop(name) and float(row[name]) for name in ("lat", "lng")] == [
            row.pop("lat") or "",
            row.pop("lng") or "",
        ]
        assert cells == {name: "" if value is None else str(value) for name, value in row.items()}


def test_csv_keeps_to_rfc_4180(city, reports):
    data = exported(city, fields=("public_id", "status"))
    header, *records = data.split(b"\r\n")
    assert header == b"public_id,status"
    assert records.pop() == b""
    assert len(records) == len(reports)
    assert b"\n" not in b"".join(records)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"),
        ("+49 170 1234", "'+49 170 1234"),
        ("-1+2", "'-1+2"),
        ("-1\n=1+1", "'-1\n=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        ("-12.5", "-12.5"),
        ("+7", "+7"),
        ("a=b", "a=b"),
        ("'=1", "'=1"),
    ],
)
def test_a_cell_is_no_formula(city, reports, text, cell):
    with tenant_scope(city.id):
        Report.objects.update(description=text, address=text)
    fields = ("description", "address")
    header, first, *_ = csv.reader(io.StringIO(exported(city, fields=fields).decode(), newline=""))
    assert (header, first) == (["description", "address"], [cell, cell])
    # Formulas are a matter of spreadsheets: JSON has the text itself.
    line = read_back(exported(city, fields=fields, format=ExportFormat.NDJSON), ExportFormat.NDJSON)[0]
    assert line == {"description": text, "address": text}


@pytest.mark.parametrize("chosen", ExportFormat)
def test_no_report_makes_an_empty_file_and_not_a_broken_one(city, other_city, reports, chosen):
    data = exported(other_city, format=chosen)
    assert read_back(data, chosen) == []
    assert data.startswith({"csv": b"public_id,status,", "ndjson": b"", "geojson": b'{"type"'}[chosen])


@pytest.mark.parametrize("chosen", ExportFormat)
def test_blocks_join_without_a_seam(city, transactional_db, chosen):
    many_reports(city, 2_000)
    with tenant_scope(city.id):
        plain, packed = (open_export(ExportOptions(format=chosen), compressed=each) for each in (False, True))
    with plain, packed:
        blocks = list(plain)
        assert zlib.decompress(b"".join(packed), wbits=31) == b"".join(blocks)
    assert len(blocks) > 3
    assert (plain.tally.rows, plain.tally.complete) == (2_000, True)
    rows = read_back(b"".join(blocks), chosen)
    texts = [row["properties"]["description"] if chosen is ExportFormat.GEOJSON else row["description"] for row in rows]
    assert texts == [f"{number}{'x' * 300}" for number in range(1, 2_001)]


@pytest.mark.parametrize("chosen", ExportFormat)
def test_fields_come_as_chosen_and_who_reported_never_does(city, reports, chosen):
    assert SECRET.encode() not in exported(city, format=chosen, fields=EXPORT_FIELDS)
    row = read_back(exported(city, format=chosen, fields=("updated_at", "status")), chosen)[0]
    if chosen is ExportFormat.GEOJSON:
        assert row.keys() == {"type", "id", "geometry", "properties"}
        row = row["properties"]
    assert list(row.items()) == [("updated_at", MOMENT.isoformat().replace("+00:00", "Z")), ("status", "open")]


def test_geojson_can_be_places_alone(city, reports):
    features = read_back(exported(city, format=ExportFormat.GEOJSON, fields=("lat", "lng")), ExportFormat.GEOJSON)
    assert [feature["properties"] for feature in features] == [{}] * len(reports)
