"""A bad row costs itself: line, field, reason and text are told, and the rows around it are read."""

import json

import pytest

from apps.reports.formats import ImportedReport, RejectedRow
from tests.reports.imports.conftest import CONTAINERS, as_csv, as_ndjson, row, rows_of

BAD_VALUES = {
    "no id": ({"service_request_id": " "}, "external_id", "is missing"),
    "no time": ({"requested_datetime": ""}, "received_at", "is missing"),
    "no service": ({"service_code": "", "service_name": ""}, "service", "is missing"),
    "no place": ({"lat": "", "long": "", "address": " "}, "location", "a location is needed"),
    "null island": ({"lat": "0", "long": "0.0", "address": ""}, "location", "a location is needed"),
    "latitude": ({"lat": "91"}, "lat", "between -90 and 90"),
    "not a number": ({"lat": "NaN"}, "lat", "between -90 and 90"),
    "infinite": ({"long": "inf"}, "lng", "between -180 and 180"),
    "half a place": ({"long": ""}, "lng", "lat and lng go together"),
    "word for a number": ({"lat": "north"}, "lat", "'north' is not a number"),
    "bad date": ({"requested_datetime": "2024-02-30T10:00:00Z"}, "received_at", "is not a time"),
    "13th hour of half a day": ({"requested_datetime": "01/02/2024 13:00:00 PM"}, "received_at", "is not a time"),
    "word for a date": ({"requested_datetime": "yesterday"}, "received_at", "'yesterday' is not a time"),
    "year 1": ({"updated_datetime": "0001-01-01"}, "updated_at", "is not between the years"),
    "a megabyte": ({"description": "x" * 2**20}, "description", "1,048,576 characters; at most 20,000"),
    "long id": ({"service_request_id": "9" * 201}, "external_id", "201 characters; at most 200"),
    "status": ({"status": "perhaps"}, "status", "'perhaps' is neither open nor closed"),
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(("changes", "field", "message"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_bad_value_names_its_field(write, container, changes, field, message):
    if container == "json" and set(changes) & {"lat", "long"}:
        container = "object"  # NaN, inf and words are no JSON numbers: there they come as texts
    rows = rows_of(write(CONTAINERS[container]([row(), row(**changes), row(service_request_id="A-3")])))
    good = [each.external_id for each in rows if isinstance(each, ImportedReport)]
    (bad,) = (each for each in rows if isinstance(each, RejectedRow))
    assert good == ["A-1", "A-3"]
    assert (bad.field, bad.line > 0) == (field, True)
    assert message in bad.message
    assert len(bad.raw) <= 10_000


def lines_with(middle: bytes) -> bytes:
    flat = row(description="flat")
    header, first, *_ = as_csv([flat]).split(b"\r\n")
    return b"\n".join([header, first, middle, first.replace(b"A-1", b"A-3")]) + b"\n"


def flat_line(**changes: str) -> bytes:
    return as_csv([row(description="flat") | changes]).split(b"\r\n")[1]


BAD_LINES = {
    "too few": (b"A-2,open", "row", "has 2 values, the header names 13"),
    "too many": (flat_line() + b",more", "row", "has 14 values"),
    "NUL": (flat_line(description="a\x00b"), "description", "NUL"),
    "not UTF-8": (flat_line().replace(b"flat", b"caf\xe9"), "description", "not UTF-8"),
    "never closed quote": (flat_line().replace(b"flat", b'"flat'), "row", "cannot be read as CSV"),
    "text behind a quote": (flat_line().replace(b"flat", b'"flat" hole'), "row", "cannot be read as CSV"),
    "5 MB line": (flat_line(description="y" * 5_000_000), "row", "is longer than 4,194,304 characters"),
}


@pytest.mark.parametrize(("line", "field", "message"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_malformed_csv_line_costs_only_itself(write, line, field, message):
    rows = rows_of(write(lines_with(line)))
    assert [each.line for each in rows] == [2, 3, 4]
    assert [type(each) for each in rows] == [ImportedReport, RejectedRow, ImportedReport]
    assert (rows[1].field, message in rows[1].message) == (field, True)
    assert rows[1].raw.startswith("A-")
    assert "\n" not in rows[1].raw


@pytest.mark.parametrize("count", [1, 3_000])
def test_an_unclosed_quote_gives_back_the_lines_that_it_swallowed(write, count):
    # No other quote in the file: everything behind the open one belongs to it, for the csv module.
    rows = [row(description="flat", address="Main St", service_request_id=f"B-{n}") for n in range(count + 1)]
    content = as_csv(rows).replace(b"flat", b'"flat', 1)
    found = rows_of(write(content))
    assert [(each.line, each.field) for each in found if isinstance(each, RejectedRow)] == [(2, "row")]
    assert [each.line for each in found if isinstance(each, ImportedReport)] == list(range(3, count + 3))


def test_control_characters_are_dropped_and_empty_lines_passed_over(write):
    rows = rows_of(write(lines_with(flat_line(description="bell\x07 and\x1b[0m")) + b"\n\n"))
    assert [each.description for each in rows] == ["flat", "bell and[0m", "flat"]


BAD_NDJSON = {
    "not JSON": (b'{"service_request_id": ', "row", "is not JSON"),
    "a list": (b"[1]", "row", "is not an object"),
    "nested": (json.dumps(row() | {"description": ["a"]}).encode(), "description", "must be a text, not a list"),
    "NUL": (json.dumps(row(description="a\x00")).encode(), "description", "NUL"),
    "true": (json.dumps(row() | {"lat": None}).encode(), "lat", "lat and lng go together"),
}


@pytest.mark.parametrize(("line", "field", "message"), BAD_NDJSON.values(), ids=BAD_NDJSON)
def test_a_bad_line_of_ndjson_costs_only_itself(write, line, field, message):
    rows = rows_of(write(as_ndjson([row()]) + line + b"\n" + as_ndjson([row(service_request_id="A-3")])))
    assert [type(each) for each in rows] == [ImportedReport, RejectedRow, ImportedReport]
    assert (rows[1].line, rows[1].field, message in rows[1].message) == (2, field, True)
