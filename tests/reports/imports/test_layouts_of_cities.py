"""What each format's columns become."""

from datetime import UTC, datetime

import pytest

from apps.reports.formats.values import moment
from tests.reports.imports.conftest import NEW_YORK, as_csv, row, rows_of

BOSTON = {
    "CASE_ENQUIRY_ID": "101001240736",
    "OPEN_DT": "01/01/2015 12:25:36 AM",
    "TARGET_DT": "01/16/2015 08:30:00 AM",
    "CLOSED_DT": "04/28/2015 08:49:50 PM",
    "OnTime_Status": "OVERDUE",
    "CASE_STATUS": "Closed",
    "CLOSURE_REASON": "Case Closed Case Resolved",
    "CASE_TITLE": "Street Light Outages",
    "SUBJECT": "Public Works Department",
    "REASON": "Street Lights",
    "TYPE": "Street Light Outages",
    "QUEUE": "PWDx_Street Light",
    "Department": "PWDx",
    "Location": "145 Ipswich St  Boston  MA  02215",
    "LOCATION_ZIPCODE": "2215.0",
    "LATITUDE": "42.3474",
    "LONGITUDE": "-71.0944",
    "Source": "Citizens Connect App",
}


def test_boston_keeps_targets_and_closure_texts_in_the_city_s_time(write):
    report = rows_of(write(as_csv([BOSTON])), "boston_crm")[0]
    assert report.received_at == datetime(2015, 1, 1, 5, 25, 36, tzinfo=UTC)
    assert report.closed_at == datetime(2015, 4, 29, 0, 49, 50, tzinfo=UTC)  # summer time by then
    assert (report.service_code, report.service_name) == ("street-light-outages", "Street Light Outages")
    assert (report.service_group, report.status) == ("Street Lights", "closed")
    assert (report.status_notes, report.zipcode) == ("Case Closed Case Resolved", "02215")
    assert report.attributes["target"] == "2015-01-16T08:30:00-05:00"
    assert report.attributes["on_time"] == "OVERDUE"
    assert report.attributes["queue"] == "PWDx_Street Light"
    assert report.attributes["department"] == "PWDx"


def test_boston_s_older_spelling_is_the_same_format(write):
    older = {name.lower(): value for name, value in BOSTON.items()}
    older |= {"open_dt": "2011-07-01 01:32:33", "closed_dt": "", "case_status": "Open", "ontime": "ONTIME"}
    del older["ontime_status"]
    report = rows_of(write(as_csv([older])), "boston_crm")[0]
    assert report.received_at == datetime(2011, 7, 1, 5, 32, 33, tzinfo=UTC)
    assert (report.status, report.closed_at, report.attributes["on_time"]) == ("open", None, "ONTIME")


def test_open311_closes_at_the_last_change_and_never_before_the_report(write):
    closed, opened, hasty = rows_of(
        write(as_csv([row(), row(status="open"), row(updated_datetime="2024-03-01T07:59:00-05:00")]))
    )
    assert closed.closed_at == datetime(2024, 3, 2, 14, 30, tzinfo=UTC)
    assert opened.closed_at is None
    assert hasty.closed_at == hasty.received_at
    assert closed.attributes == {"agency_responsible": "Public Works"}


def test_personal_columns_do_not_reach_the_attributes(write):
    personal = row() | {"email": "ann@example.org", "first_name": "Ann", "phone": "555"}
    assert "ann@example.org" not in repr(rows_of(write(as_csv([personal])))[0])


def test_seeclickfix_joins_summary_and_text_and_reads_unix_milliseconds(write):
    issue = {
        "id": "6697",
        "created_at": "1246256997000",
        "closed_at": "",
        "acknowledged_at": "1246260597000",
        "status": "Acknowledged",
        "summary": "Food vendors",
        "description": "They park double.",
        "request_type.title": "",
        "lat": "41.4",
        "lng": "-71.3",
        "address": "",
    }
    report = rows_of(write(as_csv([issue])), "seeclickfix")[0]
    assert report.description == "Food vendors\nThey park double."
    assert report.received_at == datetime(2009, 6, 29, 6, 29, 57, tzinfo=UTC)
    assert report.acknowledged_at == datetime(2009, 6, 29, 7, 29, 57, tzinfo=UTC)
    assert (report.service_name, report.status) == ("Other", "open")


def test_new_york_s_columns_are_known(write):
    values = {
        "Unique Key": "55",
        "Created Date": "07/04/2023 11:30:00 PM",
        "Closed Date": "",
        "Agency": "NYPD",
        "Agency Name": "Police",
        "Complaint Type": "Noise - Residential",
        "Descriptor": "Loud Music/Party",
        "Status": "In Progress",
        "Incident Address": "1 BROADWAY",
        "Latitude": "",
        "Longitude": "",
    }
    report = rows_of(write(as_csv([values])), "nyc311")[0]
    assert (report.service_code, report.description, report.status) == (
        "noise-residential",
        "Loud Music/Party",
        "open",
    )
    assert report.received_at == datetime(2023, 7, 5, 3, 30, tzinfo=UTC)


def test_csv_takes_the_caller_s_columns_and_open311_s_names_for_the_rest(write):
    values = {"Ticket": "7", "When": "2024-05-06", "Kind": "Tree", "address": "Elm St", "Crew": "North"}
    mapping = {"external_id": "Ticket", "received_at": "When", "service_name": "kind", "attributes.crew": "Crew"}
    report = rows_of(write(as_csv([values])), "csv", mapping)[0]
    assert (report.external_id, report.service_code, report.address) == ("7", "tree", "Elm St")
    assert report.received_at == datetime(2024, 5, 6, 4, 0, tzinfo=UTC)
    assert report.attributes == {"crew": "North"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-07-01T12:00:00Z", datetime(2024, 7, 1, 12, tzinfo=UTC)),
        ("2024-07-01T12:00:00.250+02:00", datetime(2024, 7, 1, 10, 0, 0, 250_000, tzinfo=UTC)),
        ("2024-07-01T12:00:00 02:00", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("2024-07-01 12:00:00", datetime(2024, 7, 1, 16, tzinfo=UTC)),
        ("20240701", datetime(2024, 7, 1, 4, tzinfo=UTC)),
        ("2/7/2014 10:00:01 AM", datetime(2014, 2, 7, 15, 0, 1, tzinfo=UTC)),
        ("12/31/2014 12:00 pm", datetime(2014, 12, 31, 17, tzinfo=UTC)),
        (1_719_835_200, datetime(2024, 7, 1, 12, tzinfo=UTC)),
        (1_719_835_200_500, datetime(2024, 7, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_times_of_many_spellings(text, expected):
    assert moment(text, "received_at", NEW_YORK) == expected
