"""A report from a person is checked whole, then stored whole."""

import dataclasses

import pytest

from apps.reports.errors import InvalidReport
from apps.reports.models import Report, ReporterContact, Service
from apps.reports.rules import DESCRIPTION_MAX, content_hash, grid_cell, neighbour_cells
from apps.reports.services import ReportDraft, submit_report

GOOD = ReportDraft(description="Deep pothole", lat=42.36, lng=-71.06, contact_email="a@b.example")


def submit(city, moment, **values):
    return submit_report(tenant_id=city.id, draft=dataclasses.replace(GOOD, **values), channel="web", now=moment)


def test_a_good_report_is_stored_with_its_contact_apart(in_city, moment):
    report = submit(in_city, moment, service_code="pothole")
    stored = Report.objects.get(public_id=report.public_id)
    assert (stored.triage_state, stored.status, stored.received_at) == ("pending", "open", moment)
    assert stored.cell == grid_cell(42.36, -71.06)
    assert ReporterContact.objects.get().email == "a@b.example"


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"lat": None, "lng": None}, {"location"}),
        ({"lat": 91.0}, {"lat"}),
        ({"lng": -180.5}, {"lng"}),
        ({"lat": float("nan")}, {"lat"}),
        ({"lng": None}, {"lng"}),
        ({"description": "  \x00 "}, {"description"}),
        ({"description": "x" * (DESCRIPTION_MAX + 1)}, {"description"}),
        ({"description": "x" * 1_000_000}, {"description"}),
        ({"service_code": "no-such"}, {"service_code"}),
        ({"attributes": {"a": "x" * 30_000}}, {"attributes"}),
        ({"lat": 91.0, "description": ""}, {"lat", "description"}),
    ],
)
def test_a_bad_report_names_its_fields_and_leaves_nothing(in_city, moment, values, fields):
    with pytest.raises(InvalidReport) as caught:
        submit(in_city, moment, **values)
    assert set(caught.value.problems) == fields
    assert not Report.objects.exists()
    assert not ReporterContact.objects.exists()


def test_an_address_is_location_enough(in_city, moment):
    assert submit(in_city, moment, lat=None, lng=None, address="1 Main St").cell is None


def test_a_retired_service_takes_no_more_reports(in_city, moment):
    Service.objects.filter(code="pothole").update(is_active=False)
    with pytest.raises(InvalidReport, match="service_code"):
        submit(in_city, moment, service_code="pothole")


def test_equal_texts_share_a_hash_whatever_their_spelling():
    assert content_hash("Pothole,  on MAIN street!") == content_hash("pothole on main street")
    assert content_hash("pothole") != content_hash("potholes")


@pytest.mark.parametrize(("lat", "lng"), [(42.36, -71.06), (0.0, 0.0), (-33.9, 18.4), (78.2, 15.6), (89.9, 170.0)])
def test_a_point_ninety_metres_away_is_in_a_neighbouring_cell(lat, lng):
    north = 90 / 111_320
    for other_lat in (lat - north, lat, lat + north):
        if abs(other_lat) <= 90:
            assert grid_cell(other_lat, lng) in neighbour_cells(lat, lng)
    assert grid_cell(lat, lng) == neighbour_cells(lat, lng)[4]
