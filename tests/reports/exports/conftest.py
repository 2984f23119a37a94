"""Reports whose texts are hard on every format, and the readers of others that read them back."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.issues.models import Issue
from apps.issues.services import NewIssue, open_issues
from apps.reports.models import Report, ReporterContact
from apps.reports.selectors import EXPORT_FIELDS, ExportFormat, ExportOptions, open_export
from apps.reports.services import ServiceDraft, create_services
from apps.tenants.scoping import tenant_scope
from tests.conftest import MOMENT, City

NASTY = [
    'He said "stop", then\nleft; back\\slash \\n \\" \\\\',
    "tab\there, carriage\r\nreturn, \u2028 and \u2029, \x7f, \x01\x02",
    "emoji 🚧🇩🇪, combining e\u0301, עברית, Ünïcödé",
    "",
    "\\.",
    "NULL",
    ",,,\n\n",
    "</script>&<!-- 'quoted' %s %(x)s {}",
]
SECRET = "ann@example.org"


def new_issue() -> NewIssue:
    return NewIssue(
        title="Pothole",
        category="infrastructure",
        severity="medium",
        service_code="pothole",
        lat=42.36,
        lng=-71.06,
        cell=1,
        address="1 Elm St",
        report_count=1,
        first_report_at=MOMENT,
        last_report_at=MOMENT,
    )


@pytest.fixture
def reports(transactional_db: None, city: City) -> list[Report]:
    """Riverton's reports, newest first: all of NASTY, with and without everything that may be missing."""
    with tenant_scope(city.id):
        service = create_services(tenant_id=city.id, drafts=[ServiceDraft(code='a "b", \\c', name="Pothole")])
        open_issues(tenant_id=city.id, issues=[new_issue(), new_issue()])
        issue = Issue.objects.get(number=2)
        rows = Report.objects.bulk_create(
            [
                Report(
                    description=text,
                    address=NASTY[-1 - number],
                    category="" if number == 3 else ("safety", "noise")[number % 2],
                    severity=("low", "high")[number % 2],
                    status=("open", "closed")[number % 2],
                    service_id=next(iter(service.values())) if number % 2 else None,
                    issue=issue if number % 3 else None,
                    lat=-0.1 - number if number else None,
                    lng=1e-7 * number if number else None,
                    attributes={"text": text, "list": [1, None, {"deep": True}]} if text else {},
                    received_at=MOMENT - timedelta(hours=number, microseconds=number % 2 * 500_000),
                    closed_at=MOMENT if number % 2 else None,
                    updated_at=MOMENT + timedelta(microseconds=number),
                )
                for number, text in enumerate(NASTY)
            ]
        )
        ReporterContact.objects.create(report=rows[0], name=SECRET, email=SECRET, phone=SECRET)
    return rows


def exported(city: City, **chosen: Any) -> bytes:
    """Return the whole export, read after the scope is left."""
    with tenant_scope(city.id):
        stream = open_export(ExportOptions(**chosen))
    with stream:
        return b"".join(stream)


def read_back(data: bytes, chosen: ExportFormat) -> list[dict[str, Any]]:
    """Return the rows of a file, read by the standard library."""
    text = data.decode()
    if chosen is ExportFormat.CSV:
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    if chosen is ExportFormat.NDJSON:
        assert not text or text.endswith("\n")
        return [json.loads(line) for line in text.split("\n")[:-1]]
    document = json.loads(text)
    assert document.keys() == {"type", "features"}
    assert document["type"] == "FeatureCollection"
    return list(document["features"])


def as_json(report: Report) -> dict[str, Any]:
    """Return what an export says of a report, from the row as the ORM sees it."""
    service, issue = report.service, report.issue
    moments = {name: getattr(report, name) for name in ("received_at", "closed_at", "updated_at")}
    known = {
        "public_id": str(report.public_id),
        "service_code": service.code if service else None,
        "issue": issue.number if issue else None,
        **{name: moment and moment.isoformat().replace("+00:00", "Z") for name, moment in moments.items()},
    }
    return {name: known[name] if name in known else getattr(report, name) for name in EXPORT_FIELDS}


def expected(city: City) -> list[dict[str, Any]]:
    with tenant_scope(city.id):
        rows = Report.objects.select_related("service", "issue").order_by("-received_at", "-id")
        return [as_json(report) for report in rows]


def many_reports(city: City, count: int, *, text: str = "x" * 300) -> None:
    """Give a city many reports in one statement."""
    with tenant_scope(city.id), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO reports (tenant_id, public_id, channel, source, external_id, description, category, severity,
                status, status_notes, address, address_id, zipcode, media_url, attributes, received_at, updated_at,
                content_hash, historic, triage_state, triage_version, created_at)
            SELECT %s, gen_random_uuid(), 'import', '', '', n || %s, 'other', 'low', 'open', '', 'somewhere', '', '',
                '', '{}', %s::timestamptz - n * interval '1 minute', %s, '', true, 'done', 1, %s
            FROM generate_series(1, %s) n
            """,
            [city.id, text, MOMENT, MOMENT, MOMENT, count],
        )
