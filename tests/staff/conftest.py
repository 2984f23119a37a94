"""Cities with something in every table that the admin shows."""

from datetime import timedelta

import pytest

from apps.issues.models import Issue
from apps.issues.services import add_comment, create_department
from apps.pipeline.services import process_backlog, read_words_backlog
from apps.reports.services import NewReport, ReportDraft, store_batch, submit_report
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user


def fill(city, moment, reports: int = 3):
    """Give a city reports of different places, processed, with a comment and a department."""
    with tenant_scope(city.id):
        draft = ReportDraft(
            description=f"Pothole of {city.tenant.name}",
            lat=42.36,
            lng=-71.06,
            service_code="pothole",
            contact_name="Carla Citizen",
            contact_email="carla@citizen.example",
        )
        submit_report(tenant_id=city.id, draft=draft, channel="web", now=moment)
        rows = [
            NewReport(
                external_id=str(number),
                source="test",
                description=f"Graffiti number {number} in {city.tenant.name}",
                received_at=moment - timedelta(hours=number),
                lat=42.0 + number * 0.01,
                lng=-71.0,
            )
            for number in range(1, reports)
        ]
        store_batch(tenant_id=city.id, reports=rows)
        process_backlog(tenant_id=city.id)
        read_words_backlog(tenant_id=city.id)
        create_department(name=f"Works of {city.tenant.name}")
        add_comment(issue=Issue.objects.first(), author=city.officer, text="Seen", is_public=False, now=moment)


@pytest.fixture
def full_city(city, moment):
    fill(city, moment)
    return city


@pytest.fixture
def full_other_city(other_city, moment):
    fill(other_city, moment)
    return other_city


@pytest.fixture
def officer_client(client, city):
    client.force_login(city.officer)
    return client


@pytest.fixture
def lost_user(db):
    """Staff by flag, member of no city."""
    return create_user(email="lost@nowhere.example", name="Lost")
