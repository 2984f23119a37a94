"""Services and cities are read from memory, and are never older than five seconds."""

from typing import Any

import pytest

from apps.core.cache import memory
from apps.core.query_counter import QueryCounter
from apps.reports.models import Service
from apps.reports.selectors import active_services, service_ids_by_code
from apps.reports.services import ServiceDraft, create_services
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import city_by_slug

pytestmark = pytest.mark.django_db(transaction=True)  # inside a transaction that changed them nothing is kept


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moments = [1_000.0]
    monkeypatch.setattr(memory.time, "monotonic", lambda: moments[0])
    return moments


def names() -> list[str]:
    return [service.name for service in active_services()]


def test_another_process_changes_a_service(city: Any, other_city: Any, now: list[float]) -> None:
    with tenant_scope(city.id):
        before = names()
        Service.objects.update(name="Renamed")
        ids = service_ids_by_code()
        with QueryCounter() as queries:
            now[0] += 4.9
            assert names() == before
            assert service_ids_by_code() == ids
        assert len(queries) == 0
        now[0] += 0.1
        assert set(names()) == {"Renamed"}
    with tenant_scope(other_city.id):
        assert names() == before
        assert not set(ids.values()) & set(service_ids_by_code().values())


def test_a_service_made_here_is_there_at_once(city: Any) -> None:
    with tenant_scope(city.id):
        assert "Moon dust" not in names()
        create_services(tenant_id=city.id, drafts=[ServiceDraft(code="moon", name="Moon dust")])
        assert "Moon dust" in names()
        assert "moon" in service_ids_by_code()


def test_a_city_changes_and_another_is_founded(city: Any, now: list[float]) -> None:
    assert city_by_slug("nowhere") is None
    with QueryCounter() as queries:
        assert city_by_slug("riverton") == city.tenant
    assert len(queries) == 0
    Tenant.objects.create(slug="nowhere", name="Nowhere", timezone="UTC")
    assert city_by_slug("nowhere")
    Tenant.objects.filter(slug="riverton").update(is_active=False)
    assert city_by_slug("riverton")
    now[0] += 5.0
    assert city_by_slug("riverton") is None
