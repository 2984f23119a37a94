"""Start an export: a connection of its own, a read-only transaction, and one COPY."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

from apps.core.postgresql.base import DatabaseWrapper
from apps.reports.errors import InvalidExport
from apps.reports.exports.formats import framing_of
from apps.reports.exports.options import ExportOptions
from apps.reports.exports.statements import copy_statement
from apps.reports.exports.stream import ExportStream, framed
from apps.reports.models import Service
from apps.tenants.scoping import require_tenant_id


def open_export(
    options: ExportOptions, *, time_limit: timedelta | None = None, compressed: bool = False
) -> ExportStream:
    """Start exporting the active tenant's reports, newest first, as they stand now; return the stream of bytes.

    What is committed while it runs is not seen: one statement, one snapshot. The tenant may be left and the thread's
    own connection used while the stream is read; it has to be closed, best by `with`. `time_limit` (None: none) is
    PostgreSQL's time for the statement, in place of the connection's 30 s, and includes waiting for the reader.
    `compressed`: gzip.
    Queries: one, and one before it for a service. Errors: TenantScopeMissing; InvalidExport for a service that the
    tenant does not have; DatabaseError, here or from the stream.
    """
    tenant_id = require_tenant_id()
    if options.service_code and not Service.objects.filter(code=options.service_code).exists():
        raise InvalidExport("service_code", f"there is no service {options.service_code[:100]!r}")
    statement, parameters = copy_statement(options, tenant_id=tenant_id)
    resources = ExitStack()
    try:
        connection = _own_connection(resources)
        cursor = resources.enter_context(connection.cursor())
        cursor.execute(*_settings(options, time_limit))
        rows = _copied(connection, cursor, statement, parameters, resources)
    except BaseException as error:
        resources.__exit__(type(error), error, error.__traceback__)
        raise
    blocks = framed(rows, framing_of(options.format, options.fields))
    return ExportStream(blocks, resources, compressed=compressed)


def _own_connection(resources: ExitStack) -> DatabaseWrapper:
    """Return a connection from the pool that is this export's alone.

    A stream outlives the code that opened it: while a client reads, middleware and whoever else runs in this thread
    use the thread's connection, and COPY leaves no room for another statement. The thread's connection goes back to
    the pool until it is needed again, so that an export takes one, not two.
    """
    usual = connections[DEFAULT_DB_ALIAS]
    if not usual.in_atomic_block:
        usual.close()
    own = cast(DatabaseWrapper, usual.copy())
    # Seen by whoever watches the thread's statements: query counter, profiles, slow query log.
    own.execute_wrappers = list(usual.execute_wrappers)
    # An abandoned stream may be collected, and so closed, in another thread.
    own.inc_thread_sharing()
    resources.callback(own.close)
    own.set_autocommit(False)
    resources.callback(_roll_back, own)
    return own


def _roll_back(connection: DatabaseWrapper) -> None:
    # Nothing was written; a connection that is broken has no transaction either.
    with suppress(DatabaseError):
        connection.rollback()


def _settings(options: ExportOptions, time_limit: timedelta | None) -> tuple[str, list[str]]:
    """Return the statement that says how this transaction runs.

    Along the index rather than sorted: sorting reads everything before the first row, and writes what does not fit
    into work_mem to disk, 0.4 to 0.6 GB for a million reports. An issue has few reports and an index of its own.
    One process: an export is nobody's hurry, and parallel workers would take the other cores from those who wait.
    """
    milliseconds = int(time_limit.total_seconds() * 1000) if time_limit else 0
    chosen = {
        "transaction_read_only": "on",
        "statement_timeout": str(milliseconds),
        "max_parallel_workers_per_gather": "0",
        "enable_sort": "on" if options.issue is not None else "off",
    }
    calls = ", ".join(["set_config(%s, %s, true)"] * len(chosen))
    return f"SELECT {calls}", [part for pair in chosen.items() for part in pair]


def _copied(
    connection: DatabaseWrapper, cursor: CursorWrapper, statement: str, parameters: list[Any], resources: ExitStack
) -> Iterator[Any]:
    """Start COPY and return its rows, each a bytes-like with a newline at its end.

    The first row is read here: what is wrong with the statement shows before anything was sent to a client, and the
    time that is reported of the statement is the time until it had something to say.
    """
    opened: list[Any] = []

    def run(query: str, values: Any, *_: Any) -> None:
        with connection.wrap_database_errors:
            copy = resources.enter_context(cursor.cursor.copy(query, values))
            opened.extend((copy, copy.read()))

    _execute(cursor, statement, parameters, run)
    copy, first = opened
    return _rows(connection, copy.read, first)


def _rows(connection: DatabaseWrapper, read: Callable[[], Any], row: Any) -> Iterator[Any]:
    with connection.wrap_database_errors:
        while row:
            yield row
            row = read()


def _execute(cursor: CursorWrapper, statement: str, parameters: list[Any], run: Callable[..., None]) -> None:
    """Run COPY past the execute wrappers and into the query log, for which Django offers execute() only."""
    if isinstance(cursor, CursorDebugWrapper):
        with cursor.debug_sql(statement):
            cursor._execute_with_wrappers(statement, parameters, many=False, executor=run)
    else:
        cursor._execute_with_wrappers(statement, parameters, many=False, executor=run)
