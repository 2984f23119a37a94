"""A city with the default policies, in which only the SLA app reacts to what happens."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from apps.core import events
from apps.issues.events import IssuesMoved
from apps.issues.models import Issue
from apps.issues.services import NewIssue, open_issues
from apps.sla.events import ClocksChanged
from apps.sla.services import apply_status_changes, create_default_policies
from tests.conftest import City

MakeIssues = Callable[..., list[int]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[ClocksChanged]:
    """What the app tells; status changes reach it as the pipeline passes them on, and nobody else listens."""
    heard: list[ClocksChanged] = []
    monkeypatch.setattr(events, "_handlers", defaultdict(list))
    events.subscribe(IssuesMoved, lambda e: apply_status_changes(tenant_id=e.tenant_id, changes=e.changes) and None)
    events.subscribe(ClocksChanged, heard.append)
    return heard


@pytest.fixture
def served(told: list[ClocksChanged], in_city: City) -> City:
    """Riverton, active, with office hours and targets."""
    create_default_policies(tenant_id=in_city.id)
    return in_city


@pytest.fixture
def make_issues(served: City) -> MakeIssues:
    """Open issues of Riverton; times and flags as given."""

    def make(
        *first_reports: datetime, category: str = "maintenance", severity: str = "medium", **values: Any
    ) -> list[int]:
        new = [
            NewIssue(
                title="Street light out",
                category=category,
                severity=severity,
                service_code="",
                lat=None,
                lng=None,
                cell=None,
                address="1 Main Street",
                report_count=1,
                first_report_at=at,
                last_report_at=at,
                **values,
            )
            for at in first_reports
        ]
        ids = open_issues(tenant_id=served.id, issues=new)
        Issue.objects.filter(pk__in=ids).update(updated_at=max(first_reports))
        return ids

    return make
