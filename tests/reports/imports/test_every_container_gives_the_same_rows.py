"""CSV, JSON, NDJSON and XML, plain and gzip, told apart by their content."""

import json

import pytest

from tests.reports.imports.conftest import CONTAINERS, as_csv, as_ndjson, row, rows_of

ROWS = [row(), row(service_request_id="A-2", status="open", lat="-33.5", long="0.25")]


def without_lines(reports):
    return [report._replace(line=0) for report in reports]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("container", CONTAINERS)
def test_a_file_reads_the_same_in_every_container(write, container, packed):
    expected = without_lines(rows_of(write(as_csv(ROWS), "same.csv")))
    assert [report.external_id for report in expected] == ["A-1", "A-2"]
    assert expected[0].description == ROWS[0]["description"]
    assert without_lines(rows_of(write(CONTAINERS[container](ROWS), packed=packed))) == expected


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_byte_order_mark_is_no_part_of_the_first_value(write, container):
    assert len(rows_of(write(b"\xef\xbb\xbf" + CONTAINERS[container](ROWS)))) == 2


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_seen_from_the_header(write, delimiter):
    lines = [[*each.values()] for each in (dict.fromkeys(ROWS[0], ""), ROWS[1])]
    lines[0] = [*ROWS[0]]
    text = "\n".join(delimiter.join(value.replace("\n", " ").replace('"', "") for value in line) for line in lines)
    assert [report.lat for report in rows_of(write(text.encode()))] == [-33.5]


def test_lng_is_read_as_long_and_numbers_as_texts(write):
    values = row() | {"service_request_id": 17, "service_code": 4.0, "lat": 1.5}
    values["lng"] = values.pop("long")
    report = rows_of(write(json.dumps([values]).encode()))[0]
    assert (report.external_id, report.service_code, report.lat, report.lng) == ("17", "4", 1.5, -71.06)


def test_a_single_ndjson_line_is_not_taken_for_an_object_with_a_list(write):
    assert len(rows_of(write(as_ndjson(ROWS[:1])))) == 1


def test_lines_are_counted_as_an_editor_does(write):
    content = as_csv(ROWS)  # the first description goes over two lines
    assert [report.line for report in rows_of(write(content))] == [2, 4]
    assert [report.line for report in rows_of(write(CONTAINERS["xml"](ROWS)))] == [3, 5]
    assert [report.line for report in rows_of(write(b"\n" + as_ndjson(ROWS)))] == [2, 3]


def test_xml_in_a_namespace_and_with_nested_elements_is_read(write):
    text = CONTAINERS["xml"](ROWS[:1]).decode()
    text = text.replace("<service_requests>", '<service_requests xmlns="http://wiki.open311.org/GeoReport_v2">')
    text = text.replace("</request>", "<attributes><a><b>deep</b></a></attributes></request>")
    assert rows_of(write(text.encode()))[0].service_name == "Pothole"
