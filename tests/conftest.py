"""Real PostgreSQL and Valkey for every test, and the cast: two cities, a citizen, an officer, an outsider."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import TransactionTestCase

from apps.core.cache import forget_process
from apps.core.embedded.services import services_in_use
from apps.tenants.models import Tenant, User
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import forget_callers
from apps.tenants.services import create_tenant, create_user, grant_membership, issue_api_key

MOMENT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)  # a Wednesday, 10:00 in New York


_servers = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the embedded servers once, before any process asks for a connection."""
    if not hasattr(config, "workerinput"):
        _servers.enter_context(services_in_use(settings.VAR_DIR, durable=False))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers that the run has started."""
    _servers.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Nothing to modify: django_db_setup gives both roles the same test database."""


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker) -> Iterator[None]:
    """Let the owning role make and migrate one test database, which the serving role then uses."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    owner, serving = connections["owner"], connections["default"]
    name = f"test_{owner.settings_dict['NAME']}{'_' + worker if worker else ''}"
    owner.settings_dict["TEST"]["NAME"] = name
    keep = bool(request.config.getvalue("reuse_db"))
    with django_db_blocker.unblock():
        original = owner.settings_dict["NAME"]
        owner.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=keep, serialize=False)
        serving.close()
        serving.close_pool()
        serving.settings_dict["NAME"] = name
        yield
        serving.close()
        serving.close_pool()
        owner.creation.destroy_test_db(original, verbosity=0, keepdb=keep)


# What migrations fill and tests rely on.
_KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


def _empty_tables(test_case: TransactionTestCase) -> None:
    """Empty the database after a test with real transactions, as the owning role: the serving role may not."""
    owner = connections["owner"].get_connection_params() | {"dbname": connections["default"].settings_dict["NAME"]}
    with psycopg.connect(**owner, autocommit=True) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [psycopg.sql.Identifier(name) for (name,) in found if name not in _KEPT_TABLES]
        connection.execute(psycopg.sql.SQL("TRUNCATE {} RESTART IDENTITY").format(psycopg.sql.SQL(", ").join(tables)))


TransactionTestCase._fixture_teardown = _empty_tables


@pytest.fixture(autouse=True)
def _clean_process(request: pytest.FixtureRequest) -> None:
    """Forget what the process and the cache remember of an earlier test's database."""
    forget_callers()
    forget_process()
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        cache.clear()


@dataclass(frozen=True)
class City:
    """A tenant of the cast with its people and a key."""

    tenant: Tenant
    officer: User
    key: str

    @property
    def id(self) -> int:
        return self.tenant.pk

    @property
    def headers(self) -> dict[str, str]:
        """Headers of a request with the city's key."""
        return {"Authorization": f"Bearer {self.key}"}


def make_city(slug: str, name: str, timezone: str) -> City:
    tenant = create_tenant(slug=slug, name=name, timezone=timezone, lat=42.36, lng=-71.06)
    officer = create_user(email=f"officer@{slug}.example", name=f"Officer of {name}")
    grant_membership(user=officer, tenant=tenant, role="administrator")
    return City(tenant=tenant, officer=officer, key=issue_api_key(tenant=tenant, name="test").text)


@pytest.fixture
def city(db: None) -> City:
    """Riverton, where things happen; not active yet: wrap in `tenant_scope(city.id)` or use `in_city`."""
    return make_city("riverton", "Riverton", "America/New_York")


@pytest.fixture
def other_city(db: None) -> City:
    """Hillford, whose people are the outsiders."""
    return make_city("hillford", "Hillford", "Europe/Berlin")


@pytest.fixture
def in_city(city: City) -> Iterator[City]:
    """Riverton as the active tenant."""
    with tenant_scope(city.id):
        yield city


@pytest.fixture
def moment() -> datetime:
    """The present of a test."""
    return MOMENT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real 311 data; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("WARDLINE_DATA") or Path(__file__).parent.parent.parent / "shared" / "data")
    if not (folder / "boston_open311.dev.csv.gz").exists():
        pytest.skip(f"no real 311 data: set WARDLINE_DATA to its folder (looked in {folder})")
    return folder
