"""The query counter: what is counted, what is not, and who is named."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from apps.core.query_counter import QueryCounter, TooManyQueries, fingerprint
from apps.reports.models import Service
from apps.tenants.models import Tenant
from tests.conftest import City


def test_a_query_in_a_loop_is_reported_once_with_its_line(in_city: City) -> None:
    with QueryCounter() as queries:
        for code in ("a", "b", "c"):
            Service.objects.filter(code=code).exists()  # the line that is to be named
        Tenant.objects.count()
    assert len(queries) == 4
    (repeated,) = queries.repeated()
    assert repeated.times == 3
    assert repeated.line.startswith("tests/core/test_query_counter.py:")
    assert repeated.line.endswith("test_a_query_in_a_loop_is_reported_once_with_its_line")
    with open(__file__) as source:  # noqa: PTH123
        named = source.readlines()[int(repeated.line.split(":")[1].split()[0]) - 1]
    assert "the line that is to be named" in named


def test_transaction_control_and_settings_are_not_counted(in_city: City) -> None:
    with QueryCounter() as queries, transaction.atomic(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.note', 'x', true)")
        cursor.execute("SELECT 1")
    assert [query.statement for query in queries.queries] == ["SELECT 1"]


def test_budget_failure_lists_statements_and_lines(in_city: City) -> None:
    with QueryCounter() as queries:
        Tenant.objects.count()
    queries.assert_max_queries(1)
    with pytest.raises(TooManyQueries, match=r"(?s)budget 0, sent 1 queries.*test_query_counter.py.*SELECT COUNT"):
        queries.assert_max_queries(0)


def test_failed_statement_counts_and_wrapper_is_gone_afterwards(in_city: City) -> None:
    before = list(connection.execute_wrappers)
    with QueryCounter() as queries, pytest.raises(Exception, match="nowhere"), transaction.atomic():
        connection.cursor().execute("SELECT * FROM nowhere")
    assert len(queries) == 1
    assert connection.execute_wrappers == before


@pytest.mark.parametrize(
    ("statement", "shape"),
    [
        ("SELECT *\n FROM t WHERE a = 'it''s' AND b IN (1, 2,3)", "SELECT * FROM t WHERE a = ? AND b IN (…)"),
        ("INSERT INTO t VALUES (%s, %s), (%s, %s)", "INSERT INTO t VALUES (…)"),
        ('SELECT "t2"."x" FROM t2 LIMIT 21', 'SELECT "t2"."x" FROM t2 LIMIT ?'),
    ],
)
def test_fingerprint_keeps_the_shape_and_drops_the_values(statement: str, shape: str) -> None:
    assert fingerprint(statement) == shape


@pytest.mark.django_db(transaction=True)
def test_async_code_is_counted_and_its_line_found() -> None:
    async def names() -> list[str]:
        first = await Tenant.objects.order_by("id").afirst()
        return [first.name] if first else []

    async def run() -> QueryCounter:
        async with QueryCounter() as queries:
            await names()
            await Tenant.objects.acount()
        await Tenant.objects.acount()
        await sync_to_async(connections.close_all)()
        return queries

    queries = asyncio.run(run())
    assert len(queries) == 2
    assert queries.queries[0].line.endswith("names")
    assert queries.queries[1].line.endswith("run")
