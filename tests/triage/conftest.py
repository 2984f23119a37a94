"""A provider, reports to classify, and a city that owns them."""

from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

from apps.reports.models import Report
from apps.reports.services import NewReport, store_batch
from tests.conftest import MOMENT, City
from tests.triage.llm_server import LLMServer, llm_server


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Triage by itself: what the pipeline does after an event is the pipeline's to test."""
    monkeypatch.setattr("apps.core.events._handlers", defaultdict(list))


@pytest.fixture
def llm() -> Iterator[LLMServer]:
    """The local provider; nothing is configured to use it but what a test hands it to."""
    with llm_server() as server:
        yield server


@pytest.fixture
def say(in_city: City) -> Callable[..., list[Report]]:
    """Store reports with these texts in Riverton, waiting for triage."""

    def store(*texts: str, service_id: int | None = None) -> list[Report]:
        rows = [
            NewReport(
                external_id="", description=text, received_at=MOMENT, lat=42.36, lng=-71.06, service_id=service_id
            )
            for text in texts
        ]
        ids = store_batch(tenant_id=in_city.id, reports=rows).inserted_ids
        return list(Report.objects.filter(pk__in=ids).order_by("pk"))

    return store
