"""A city with an issue that has everything the public must and must not see."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from apps.issues.models import Issue
from apps.issues.services import add_comment, transition_issue
from apps.pipeline.services import process_backlog
from apps.reports.models import Report
from apps.reports.services import NewReport, ReportDraft, store_batch, submit_report
from apps.tenants.scoping import tenant_scope

# Whatever of this stands on a public page is a leak.
SECRETS = (
    *("Carla Citizen", "carla@citizen.example", "617-555-0134", "6175550134", "carla"),
    *("Officer of", "officer@", "internal: the neighbour is difficult", "note for ourselves"),
)


@dataclass(frozen=True)
class Told:
    """A report and the issue it became."""

    report: Report
    issue: Issue


def tell(city, moment) -> Told:
    """Let a citizen report a pothole with a name, and staff work on it and talk about it."""
    with tenant_scope(city.id):
        draft = ReportDraft(
            description=f"Pothole of {city.tenant.name}, call 617-555-0134 or carla@citizen.example",
            lat=42.36,
            lng=-71.06,
            address="12 Elm Street",
            service_code="pothole",
            contact_name="Carla Citizen",
            contact_email="carla@citizen.example",
            contact_phone="6175550134",
        )
        report = submit_report(tenant_id=city.id, draft=draft, channel="web", now=moment)
        process_backlog(tenant_id=city.id)
        report.refresh_from_db()
        people = {"actor": city.officer, "now": moment + timedelta(hours=1)}
        issue = transition_issue(issue_id=report.issue_id, status="acknowledged", note="note for ourselves", **people)
        words = {"issue": issue, "author": city.officer, "now": moment}
        add_comment(text="internal: the neighbour is difficult", is_public=False, **words)
        add_comment(text="A crew comes on Friday", is_public=True, **words)
        return Told(report, issue)


def graffiti(city, moment, count: int, *, start: int = 0) -> None:
    """Store and process many reports, each of a problem of its own."""
    rows = [
        NewReport(
            external_id=str(number),
            source="test",
            description=f"Graffiti number {number}",
            received_at=moment - timedelta(minutes=number),
            lat=42.0 + number * 0.005,
            lng=-71.0,
        )
        for number in range(start, start + count)
    ]
    with tenant_scope(city.id):
        store_batch(tenant_id=city.id, reports=rows)
        process_backlog(tenant_id=city.id)


@pytest.fixture
def told(city, moment):
    return tell(city, moment)


@pytest.fixture
def told_elsewhere(other_city, moment):
    return tell(other_city, moment)
