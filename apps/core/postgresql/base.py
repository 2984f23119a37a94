"""PostgreSQL backend that sends transaction-local settings together with the first statement that needs them.

Row-level security reads settings such as `app.tenant`. They are set with `set_config(…, true)`, which the end of the
transaction forgets, so that a pooled connection can never carry one caller's tenant to the next. Sending them costs
no round trip: psycopg's pipeline carries BEGIN, set_config and the statement together, and outside a transaction
block the pipeline itself is one implicit transaction. This happens below Django's cursor wrapper: neither the query
counter nor silk sees the bookkeeping, and no caller can forget it.
"""

import time
from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base as django_base
from psycopg import ClientCursor, Connection
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from apps.core.postgresql.before_commit import last_statements
from apps.core.postgresql.creation import DatabaseCreation
from apps.core.postgresql.health import check_connection
from apps.core.postgresql.local_settings import current_local_settings

Settings = tuple[tuple[str, str], ...]
_UNKNOWN: Settings = (("app.unknown", ""),)


def held_settings(connection: "Connection[Any]") -> Settings:
    """Return the settings of the connection's open transaction; none are held outside one."""
    if connection.info.transaction_status == TransactionStatus.IDLE:
        # Forgotten here: a transaction that begins without settings must not seem to hold the last one's.
        connection.local_settings = ()  # type: ignore[attr-defined]
        return ()
    held: Settings = getattr(connection, "local_settings", ())
    return held


def send_settings(connection: "Connection[Any]", wanted: Settings) -> None:
    """Run one statement with a set_config call for each setting; settings of an outer scope are emptied."""
    values = {name: "" for name, _ in held_settings(connection)} | dict(wanted)
    calls = ", ".join("set_config(%s, %s, true)" for _ in values)
    with ClientCursor(connection) as cursor:
        cursor.execute(f"SELECT {calls}", [part for pair in values.items() for part in pair])
    connection.local_settings = wanted  # type: ignore[attr-defined]


class SettingsCursor(django_base.CursorMixin, ClientCursor[Any]):
    """A client-side binding cursor that makes the context's local settings hold before its statement runs."""

    def execute(self, query: Any, params: Any = None, **kwargs: Any) -> Any:
        """Execute one statement, the settings in front of it where the transaction does not have them yet."""
        return self._with_settings(lambda: super(SettingsCursor, self).execute(query, params, **kwargs))

    def executemany(self, query: Any, params_seq: Any, **kwargs: Any) -> None:
        """Execute a statement for many parameters under the local settings."""
        self._with_settings(lambda: super(SettingsCursor, self).executemany(query, params_seq, **kwargs))

    def _with_settings(self, run: Callable[[], Any]) -> Any:
        wanted = current_local_settings()
        # In a failed transaction only ROLLBACK TO can succeed, and nothing may stand in front of it.
        failed = self.connection.info.transaction_status == TransactionStatus.INERROR
        if failed or wanted == held_settings(self.connection):
            return run()
        with self.connection.pipeline():
            send_settings(self.connection, wanted)
            return run()


class DatabaseWrapper(django_base.DatabaseWrapper):
    """Django's PostgreSQL connection, aware of the context's local settings."""

    creation_class = DatabaseCreation

    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        """Return the process's pool, with a check on every checkout that costs a round trip only where it must."""
        pool: ConnectionPool[Any] | None = django_base.DatabaseWrapper.pool.fget(self)  # type: ignore[attr-defined]
        if pool is not None and pool._check is not None:
            # Django names its own check, and psycopg's pool has no other way to change it.
            pool._check = check_connection
        return pool

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.returned_at = time.monotonic()
        super()._close()  # type: ignore[misc]

    def get_connection_params(self) -> dict[str, Any]:
        """Return psycopg's parameters, with the cursor that sends the local settings."""
        return {**super().get_connection_params(), "cursor_factory": SettingsCursor}

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor; a named (server-side) one gets the settings beforehand."""
        if name:
            self.ensure_local_settings()
        return super().create_cursor(name)

    def chunked_cursor(self) -> Any:
        """Return a server-side cursor inside a transaction, an ordinary one outside.

        Outside, a server-side cursor would need WITH HOLD, whose rows are read under settings that end with its
        first statement.
        """
        return super().chunked_cursor() if self.in_atomic_block else self.cursor()

    def ensure_local_settings(self) -> None:
        """Make the settings hold in the open transaction now, for COPY and server-side cursors."""
        self.ensure_connection()
        wanted = current_local_settings()
        if wanted != held_settings(self.connection):
            send_settings(self.connection, wanted)

    def _commit(self) -> None:
        statements = last_statements(self) if self.connection is not None else []
        if not statements:
            super()._commit()  # type: ignore[misc]
            return
        # One packet, and what fails takes the COMMIT behind it along. As a simple query: a pipeline costs 0.1 ms more
        # of CPU. Without the settings of the context, which these statements do not depend on.
        text = "; ".join([*(sql for sql, _ in statements), "COMMIT"])
        params = [value for _, values in statements for value in values]
        plain = ClientCursor(self.connection)
        with self.wrap_database_errors, self._prepare_cursor(plain) as cursor:  # type: ignore[attr-defined]
            cursor.execute(text, params)

    def _savepoint_rollback(self, sid: str) -> None:
        # A savepoint's rollback takes back what was set since; marked unknown, the next statement sets it again.
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self.connection.local_settings = _UNKNOWN
