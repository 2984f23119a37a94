"""After warm_cache the first person to ask finds every answer ready."""

from itertools import product
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from apps.core.cache import bump_tags, cache_statistics
from apps.core.cache.client import client
from apps.dashboards.windows import WINDOWS
from apps.insights import tags
from apps.insights.selectors import cached_dashboard
from apps.operations.management.commands.warm_cache import ENCODINGS, PATHS
from apps.tenants.models import ApiKey
from apps.tenants.scoping import tenant_scope
from tests.conftest import City


def reads() -> tuple[int, int]:
    kinds = cache_statistics().kinds
    return sum(kind.hits for kind in kinds), sum(kind.misses for kind in kinds)


# In a test's own transaction the bumps of making a city are still pending, and nothing under them is kept.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _awake(transactional_db: None) -> None:
    client.wake()


def test_first_request_after_warming_is_a_hit_for_each_tenant(
    city: City, other_city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("warm_cache")
    warmed = reads()
    for someone in (city, other_city):
        for path, encoding in product(PATHS, ENCODINGS):
            assert Client().get(path, headers={**someone.headers, "Accept-Encoding": encoding}).status_code == 200
        with tenant_scope(someone.id):
            assert all(cached_dashboard(someone.id, days=window.days) for window in WINDOWS)
    hits, misses = reads()
    assert misses == warmed[1]
    assert hits >= warmed[0] + 2 * len(PATHS) * len(ENCODINGS)
    call_command("warm_cache")
    assert "0 answers computed" in capsys.readouterr().out.splitlines()[-1]


def test_what_was_bumped_since_is_computed_anew(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("warm_cache", tenant=city.tenant.slug)
    bump_tags([tags.dashboard(city.id)])
    call_command("warm_cache", tenant=city.tenant.slug)
    # Three windows over HTTP, each in two encodings, and what the staff's dashboard offers.
    assert f"{3 * len(ENCODINGS) + len(WINDOWS)} answers computed" in capsys.readouterr().out.splitlines()[-1]


def test_its_keys_may_only_read_and_are_revoked(city: City) -> None:
    call_command("warm_cache")
    (key,) = ApiKey.objects.filter(name="warm_cache")
    assert (key.scopes, key.revoked_at is not None) == (["read"], True)


def test_without_cache_or_tenant_it_says_so(city: City, settings: Any) -> None:
    with pytest.raises(CommandError, match="no active tenant 'atlantis'"):
        call_command("warm_cache", tenant="atlantis")
    settings.CACHE_ENABLED = False
    with pytest.raises(CommandError, match="CACHE_ENABLED is off"):
        call_command("warm_cache")
