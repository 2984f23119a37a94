from datetime import datetime, timedelta

import pytest

from apps.reports.errors import InvalidExport
from apps.reports.models import Report
from apps.reports.selectors import ExportFormat, ExportOptions, open_export
from apps.tenants.errors import TenantScopeMissing
from apps.tenants.scoping import tenant_scope
from tests.conftest import MOMENT
from tests.reports.exports.conftest import exported, read_back

SERVICE = 'a "b", \\c'
SECOND_HOUR = MOMENT - timedelta(hours=2)


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({"status": "closed"}, {"status": "closed"}),
        ({"category": "noise"}, {"category": "noise"}),
        ({"severity": "low"}, {"severity": "low"}),
        ({"service_code": SERVICE}, {"service__code": SERVICE}),
        ({"issue": 2}, {"issue__number": 2}),
        ({"received_after": SECOND_HOUR}, {"received_at__gte": SECOND_HOUR}),
        ({"received_before": SECOND_HOUR}, {"received_at__lt": SECOND_HOUR}),
        (
            {"status": "open", "category": "safety", "issue": 2, "received_before": MOMENT},
            {"status": "open", "category": "safety", "issue__number": 2, "received_at__lt": MOMENT},
        ),
    ],
)
def test_a_filter_keeps_what_it_names(city, reports, chosen, kept):
    rows = read_back(exported(city, format=ExportFormat.NDJSON, **chosen), ExportFormat.NDJSON)
    with tenant_scope(city.id):
        found = Report.objects.filter(**kept).order_by("-received_at", "-id").values_list("public_id", flat=True)
        wanted = [str(public_id) for public_id in found]
    assert 0 < len(wanted) < len(reports)
    assert [row["public_id"] for row in rows] == wanted


@pytest.mark.parametrize("chosen", [{"issue": 1}, {"issue": 99}, {"received_after": MOMENT + timedelta(days=1)}])
def test_what_nothing_fits_is_an_empty_export(city, reports, chosen):
    assert exported(city, format=ExportFormat.NDJSON, **chosen) == b""


@pytest.mark.parametrize(
    ("field", "chosen"),
    [
        ("fields", {"fields": ("status", "email")}),
        ("fields", {"fields": ("status", "status")}),
        ("fields", {"fields": ()}),
        ("status", {"status": "opened"}),
        ("category", {"category": "x' OR 1=1"}),
        ("severity", {"severity": "worst"}),
        ("issue", {"issue": 0}),
        ("issue", {"issue": 2**60}),
        ("received_after", {"received_after": datetime(2026, 1, 1)}),
        ("received_before", {"received_after": MOMENT, "received_before": MOMENT}),
        ("service_code", {"service_code": "x' OR 1=1"}),
    ],
)
def test_nonsense_is_named(in_city, field, chosen):
    with pytest.raises(InvalidExport) as refused:
        open_export(ExportOptions(**chosen))
    assert refused.value.field == field


def test_a_tenant_gets_its_own_reports_only(city, other_city, reports):
    with tenant_scope(other_city.id):
        own = Report.objects.create(description="Hillford's", received_at=MOMENT, updated_at=MOMENT)
    (row,) = read_back(exported(other_city, format=ExportFormat.NDJSON), ExportFormat.NDJSON)
    assert row["public_id"] == str(own.public_id)
    with pytest.raises(InvalidExport, match="there is no service"):
        exported(other_city, service_code=SERVICE)
    assert exported(other_city, format=ExportFormat.NDJSON, issue=2) == b""


def test_without_a_tenant_there_is_no_export(reports):
    with pytest.raises(TenantScopeMissing):
        open_export(ExportOptions())
