"""Riverton with a few services, in which only what a test subscribes reacts to what grouping does."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core import events
from apps.grouping.events import ReportsPlaced
from apps.reports.models import Report, Service
from apps.reports.selectors import grid_cell
from tests.conftest import MOMENT

MakeReport = Callable[..., Report]
LAT, LNG = 42.3601, -71.0589
METRE = 1 / 111_195  # degrees of latitude


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[ReportsPlaced]:
    """What grouping tells; nobody else listens."""
    heard: list[ReportsPlaced] = []
    monkeypatch.setattr(events, "_handlers", defaultdict(list))
    events.subscribe(ReportsPlaced, heard.append)
    return heard


@pytest.fixture
def make_report(told: list[ReportsPlaced]) -> MakeReport:
    """Store a classified report in the active tenant, `north` metres from the usual place, `hours` after MOMENT."""

    def make(
        text: str,
        *,
        north: float = 0.0,
        hours: float = 0.0,
        service: str = "Pothole",
        located: bool = True,
        **values: Any,
    ) -> Report:
        code = service.lower().replace(" ", "-")
        found, _ = Service.objects.get_or_create(code=code, defaults={"name": service, "category": "infrastructure"})
        lat = LAT + north * METRE
        at: datetime = MOMENT + timedelta(hours=hours)
        place = {"lat": lat, "lng": LNG, "cell": grid_cell(lat, LNG)} if located else {"address": "12 Main St"}
        defaults = {"category": "infrastructure", "severity": "medium", "triage_state": "done"}
        given = {"description": text, "service": found, "received_at": at, "updated_at": at, **defaults, **place}
        return Report.objects.create(**(given | values))

    return make
