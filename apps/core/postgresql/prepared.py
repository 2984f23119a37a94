"""Hot statements: prepared on the server once a connection, rows in binary, one round trip with the tenant's settings.

Django composes its SQL on the client and psycopg parses every row from text; for a list of fifty that costs more than
PostgreSQL's own work. A statement that runs thousands of times a minute goes this way instead, still on Django's
connection, from its pool, under its time-outs and through its execute wrappers: query counter, profiles and the slow
query log see it like any other.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8

from apps.core.postgresql.local_settings import current_local_settings

Row = tuple[Any, ...]
Statement = tuple[str, Sequence[Any]]

# The plan is made once a connection: with the tenant in front of every index, it is the same for every tenant.
_GENERIC_PLAN = "set_config('plan_cache_mode', 'force_generic_plan', true)"


def prepared_rows(sql: str, params: Sequence[Any] = (), *, using: str = DEFAULT_DB_ALIAS) -> list[Row]:
    """Run one statement and return its rows as tuples.

    `sql` has `%s` for each parameter and is one of few texts: each is prepared on every connection that runs it.
    Integers are sent as bigint, texts as unknown: cast where PostgreSQL cannot tell (`%s::timestamptz[]`).
    One round trip; inside a transaction block that does not yet hold the context's settings, one as well.
    """
    return prepared_results([(sql, params)], using=using)[0]


def prepared_results(statements: Sequence[Statement], *, using: str = DEFAULT_DB_ALIAS) -> list[list[Row]]:
    """Run several statements in one round trip and one transaction; return the rows of each."""
    wrapper: Any = connections[using]
    wrapper.ensure_connection()
    wrapper.validate_no_broken_transaction()
    cursors: list[Cursor[Row]] = []
    with wrapper.wrap_database_errors, _settings_hold(wrapper, wrapper.connection):
        for sql, params in statements:
            cursor = Cursor(wrapper.connection)
            cursors.append(cursor)
            # Appended first: a wrapper may look at the statement while it runs.
            _through_wrappers(wrapper, partial(_execute, cursor), sql, params)
    return [cursor.fetchall() for cursor in cursors]


@contextmanager
def _settings_hold(wrapper: Any, connection: "Connection[Any]") -> Iterator[None]:
    """Send what the block sends in one pipeline, after the context's settings where they do not hold yet."""
    if connection.info.transaction_status != TransactionStatus.IDLE:
        wrapper.ensure_local_settings()
        with connection.pipeline():
            yield
        return
    with connection.pipeline():
        wanted = current_local_settings()
        calls = ", ".join(["set_config(%s, %s, true)"] * len(wanted) + [_GENERIC_PLAN])
        # Outside a transaction block the pipeline is one: what is set here ends with it.
        Cursor(connection).execute(f"SELECT {calls}", [part for pair in wanted for part in pair], prepare=True)
        yield


def _execute(cursor: "Cursor[Row]", sql: str, params: Any, many: bool, context: dict[str, Any]) -> None:
    # One width for every integer: a value's own would make another prepared statement of each combination.
    typed = [Int8(value) if type(value) is int else value for value in params]
    started = time.monotonic()
    cursor.execute(sql, typed, prepare=True, binary=True)
    connection = context["connection"]
    if connection.queries_logged:
        # What assertNumQueries and Django's debugging tools read. Sent, not yet answered: the time is the sending's.
        connection.queries_log.append({"sql": sql, "time": f"{time.monotonic() - started:.3f}"})


def _through_wrappers(wrapper: BaseDatabaseWrapper, execute: Callable[..., Any], sql: str, params: Any) -> None:
    for each in reversed(wrapper.execute_wrappers):
        execute = partial(each, execute)
    execute(sql, params, False, {"connection": wrapper, "cursor": None})
