"""What is no file of reports gets one clear error."""

import gzip

import pytest

from apps.reports.formats import BadMapping, UnknownFormat, UnreadableFile, layout_of
from tests.reports.imports.conftest import as_csv, as_json, as_xml, row, rows_of

BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n ", "is empty"),
    "PNG": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is a PNG picture"),
    "spreadsheet": (b"PK\x03\x04\x14\x00", "a ZIP archive or a spreadsheet"),
    "HTML": (b"<!DOCTYPE html><html><body>404</body></html>", "is an HTML page"),
    "binary": (bytes(range(256)), "is not text"),
    "UTF-16": ("service_request_id,…\n".encode("utf-16"), "UTF-16"),
    "prose": (b"Dear city,\nthe lamp is out.\n", "no column for the id (service_request_id); it has: dear_city"),
    "no place": (b"service_request_id,requested_datetime,service_code\n1,2,3\n", "no column for a location"),
    "column twice": (b"lat,lat\n", "names the column 'lat' twice"),
    "other XML": (b"<?xml version='1.0'?><services><service/></services>", "is <services>, not <service_requests>"),
    "an error": (b"<errors><error><code>400</code><description>no</description></error></errors>", "error: 400 no"),
    "entity bomb": (BOMB + as_xml([row()]).split(b"\n", 1)[1], "document type declaration"),
    "other JSON": (b'{"page": 1,\n "items": []}', "holds no reports under 'service_requests'"),
    "deep JSON": (b'[{"a": "[[[", "b": ' + b"[" * 100_000, "is nested deeper than 50 levels"),
    "twice gzip": (gzip.compress(gzip.compress(b"x")), "compressed twice"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_file_is_refused_by_name_with_the_reason(write, content, message):
    with pytest.raises(UnreadableFile, match=r"^reports\.dat: ") as refusal:
        rows_of(write(content))
    assert message in str(refusal.value)


CUT = {
    "JSON": (as_json([row()] * 3)[:-200], "is not JSON behind record 2"),
    "XML": (as_xml([row()] * 3)[:-200], "is not XML"),
    "XML with bad bytes": (as_xml([row()]).replace(b"Pothole", b"\xff"), "is not XML: not well-formed"),
    "gzip": (gzip.compress(as_csv([row()] * 3))[:-20], "damaged or cut off"),
    "gzip head": (b"\x1f\x8bxxxxxxxxxxxx", "damaged or cut off"),
}


@pytest.mark.parametrize(("content", "message"), CUT.values(), ids=CUT)
def test_a_file_that_breaks_off_says_so(write, content, message):
    with pytest.raises(UnreadableFile, match=message):
        rows_of(write(content))


def test_an_absent_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(UnreadableFile, match=path.name):
            rows_of(path)


def test_an_unknown_format_lists_the_known_ones():
    with pytest.raises(UnknownFormat, match="'opne311'; known are: open311, boston_crm, nyc311, seeclickfix, csv"):
        layout_of("opne311")


def test_a_mapping_of_unknown_fields_or_columns_is_refused(write):
    with pytest.raises(BadMapping, match="no field 'colour'; the fields are: external_id"):
        layout_of("csv", {"colour": "x"})
    with pytest.raises(BadMapping, match="open311 has its own"):
        layout_of("open311", {"lat": "x"})
    with pytest.raises(UnreadableFile, match="names the column 'wher', which is not there"):
        rows_of(write(as_csv([row()])), "csv", {"external_id": "service_request_id", "address": "Wher"})
