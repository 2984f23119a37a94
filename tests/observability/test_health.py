"""Health: live says little and always, ready names the part that is missing."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.test import Client

from apps.core.query_counter import QueryCounter
from apps.observability.health import migrations_applied


def ask(path: str = "/health/ready") -> tuple[int, dict[str, Any]]:
    response = Client().get(path)
    assert "no-store" in response["Cache-Control"]
    return response.status_code, json.loads(response.content)


def failing(document: dict[str, Any]) -> set[str]:
    return {name for name, part in document["parts"].items() if not part["ok"]}


def test_all_parts_present_is_ready(db: None) -> None:
    status, document = ask()
    assert (status, document["status"], failing(document)) == (200, "ready", set())
    assert set(document["parts"]) == {"database", "migrations", "cache", "broker"}


def test_live_needs_no_database() -> None:
    with QueryCounter() as queries:
        status, document = ask("/health/live")
    assert (status, document, len(queries)) == (200, {"status": "ok"}, 0)


def test_without_redis_it_serves_degraded_and_strict_askers_get_503(
    db: None, without_redis: Callable[[], None]
) -> None:
    without_redis()
    status, document = ask()
    assert (status, document["status"], failing(document)) == (200, "degraded", {"cache", "broker"})
    assert ask("/health/ready?strict")[0] == 503


def test_a_migration_that_is_not_applied_is_503(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations_applied, "applied", False)
    # Only the owning role may say which migrations ran.
    owner = connections["owner"].get_connection_params() | {"dbname": connections["default"].settings_dict["NAME"]}
    with psycopg.connect(**owner, autocommit=True) as connection:
        connection.execute("UPDATE django_migrations SET app = 'gone' WHERE app = 'tenants'")
        try:
            status, document = ask()
        finally:
            connection.execute("UPDATE django_migrations SET app = 'tenants' WHERE app = 'gone'")
    assert (status, document["status"], failing(document)) == (503, "unavailable", {"migrations"})


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_answer_is_503_and_names_it_but_no_details(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connections["default"]
    connection.close()
    connection.close_pool()
    options = connection.settings_dict["OPTIONS"]
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nonexistent")
    monkeypatch.setitem(options, "pool", {**options["pool"], "timeout": 0.3})
    monkeypatch.setattr(migrations_applied, "applied", False)
    try:
        status, document = ask()
        assert ask("/health/live")[0] == 200
    finally:
        connection.close()
        connection.close_pool()
    assert (status, failing(document)) == (503, {"database", "migrations"})
    assert "nonexistent" not in json.dumps(document)
