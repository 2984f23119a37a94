"""Hot statements go through Django's connection: one round trip, the tenant's settings, and nothing hidden."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection, transaction

from apps.core.postgresql.prepared import prepared_results, prepared_rows
from apps.core.query_counter import QueryCounter
from apps.reports.models import Report
from apps.reports.services import ReportDraft, submit_report
from apps.tenants.scoping import all_tenants, no_tenant, tenant_scope
from tests.conftest import MOMENT, City

_COUNT = "SELECT count(*) FROM reports"
_PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement = %s"


def _submit(city: City) -> Report:
    with tenant_scope(city.tenant.pk):
        draft = ReportDraft(description="Lamp out", lat=1.0, lng=2.0)
        return submit_report(tenant_id=city.tenant.pk, draft=draft, channel="api", now=MOMENT)


def _in_thread(work: Callable[[], Any]) -> Any:
    """Run in a thread with a connection of its own, outside the test's transaction."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001 - handed to the test
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.django_db
def test_rows_are_the_active_tenants_alone(city: City, other_city: City) -> None:
    _submit(city)
    for scope, seen in ((tenant_scope(city.tenant.pk), 1), (tenant_scope(other_city.tenant.pk), 0), (no_tenant(), 0)):
        with scope:
            assert prepared_rows(_COUNT) == [(seen,)]
    with all_tenants("a test counts everybody's"):
        assert prepared_rows(_COUNT) == [(1,)]


@pytest.mark.django_db
def test_outside_a_transaction_the_settings_end_with_the_statement() -> None:
    def work() -> tuple[Any, ...]:
        asked = "SELECT current_setting('app.tenant', true), current_setting('plan_cache_mode')"
        with tenant_scope(41):
            inside = prepared_rows(asked)[0]
        with no_tenant():
            after = prepared_rows("SELECT coalesce(current_setting('app.tenant', true), '')")[0]
        with connection.cursor() as cursor:
            cursor.execute("SHOW plan_cache_mode")
            return (*inside, *after, *cursor.fetchone())

    assert _in_thread(work) == ("41", "force_generic_plan", "", "auto")


@pytest.mark.django_db
def test_a_statement_is_prepared_once_whatever_the_size_of_its_numbers() -> None:
    def work() -> list[tuple[Any, ...]]:
        for number in (1, 70_000, 2**40):
            assert prepared_rows("SELECT %s::bigint + 1", [number]) == [(number + 1,)]
        return prepared_rows(_PREPARED, ["SELECT $1::bigint + 1"])

    assert _in_thread(work) == [(1,)]


@pytest.mark.django_db
def test_query_counter_sees_the_statements_without_the_bookkeeping() -> None:
    with tenant_scope(1), QueryCounter() as queries:
        prepared_results([("SELECT 1", []), ("SELECT 2", [])])
    assert [query.statement for query in queries.queries] == ["SELECT 1", "SELECT 2"]
    assert queries.queries[0].line.startswith("tests/core/postgresql/test_prepared_rows.py")


@pytest.mark.django_db
def test_djangos_own_tools_see_the_statements(django_assert_num_queries: Any) -> None:
    with tenant_scope(1), django_assert_num_queries(2):
        prepared_results([("SELECT 1", []), ("SELECT 2", [])])


@pytest.mark.django_db
def test_a_transaction_sees_its_own_changes(city: City) -> None:
    with transaction.atomic(), tenant_scope(city.tenant.pk):
        _submit(city)
        assert prepared_rows(_COUNT) == [(1,)]
        assert Report.objects.count() == 1


def test_an_error_is_djangos_and_leaves_a_working_connection(transactional_db: None) -> None:
    def work() -> tuple[bool, Any]:
        try:
            prepared_rows("SELECT 1 / %s::bigint", [0])
        except DataError:
            return True, prepared_rows("SELECT 1")
        return False, None

    assert _in_thread(work) == (True, [(1,)])


def test_a_connection_that_the_server_ended_is_replaced_at_the_next_checkout(transactional_db: None) -> None:
    """Neither waiting nor asking: the socket of a connection that was in use just now has something to say."""

    def work() -> tuple[int, int]:
        first = prepared_rows("SELECT pg_backend_pid()")[0][0]
        connection.close()
        _in_thread(lambda: _terminate(first))
        return first, prepared_rows("SELECT pg_backend_pid()")[0][0]

    first, second = _in_thread(work)
    assert first != second


def _terminate(pid: int) -> None:
    # Another connection of the same pool may be the very one: ask until the server has ended it.
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        except OperationalError:
            connection.close()
