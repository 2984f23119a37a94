"""Put rows where a set-based statement can read them: a temporary table, or the statement itself when they are few."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any, cast

from django.db import DataError, connections
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg import sql
from psycopg.types.json import Jsonb

from apps.core.bulk.columns import UNFIT, Column, table_columns
from apps.core.bulk.errors import BulkDataError
from apps.core.postgresql.base import DatabaseWrapper

Row = Sequence[Any]
# Above this many rows COPY wins over literals in the statement, below it making a temporary table does not pay.
FEW_ROWS = 30
_MARK = "/*rows*/"
_COPY_PLACE = re.compile(r"COPY \S+, line (\d+)(?:, column (\w+))?")
_table_numbers = count(1)


@dataclass(slots=True)
class Chunk:
    """Rows of one statement and the number each had in the caller's input, counted from 1."""

    rows: list[Row]
    numbers: Sequence[int]

    def last_of_each(self, positions: Sequence[int], *, unless_empty: int | None = None) -> "Chunk":
        """Keep one row for each key: the last, where PostgreSQL would raise or choose at random.

        Rows with NULL in the key, or an empty text at the position `unless_empty`, have no key and all stay.
        """
        kept: dict[Any, tuple[int, Row]] = {}
        for number, row in zip(self.numbers, self.rows, strict=True):
            key = tuple(row[at] for at in positions)
            keyless = None in key or (unless_empty is not None and row[unless_empty] == "")
            kept[number if keyless else key] = (number, row)
        if len(kept) == len(self.rows):
            return self
        return Chunk(rows=[row for _, row in kept.values()], numbers=[number for number, _ in kept.values()])


def chunks(rows: Iterator[Row], size: int, *, width: int) -> Iterator[Chunk]:
    """Cut rows into chunks of at most `size`, numbered from 1 throughout; each row must have `width` values."""
    first = 1
    while taken := list(islice(rows, size)):
        for number, row in enumerate(taken, first):
            if len(row) != width:
                raise BulkDataError(f"has {len(row)} values for {width} columns", row=number)
        yield Chunk(rows=taken, numbers=range(first, first + len(taken)))
        first += len(taken)


@dataclass(slots=True)
class Staging:
    """A place for the rows of one bulk call; its temporary table lives until the transaction ends at the latest.

    Every statement, COPY included, passes Django's cursor, execute wrappers and query log.
    """

    table: str
    names: tuple[str, ...]
    alias: str
    _columns: list[Column] = field(init=False)
    _chunk: Chunk = field(init=False)
    _temporary: sql.Identifier | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._columns = table_columns(table=self.table, names=self.names, alias=self.alias)

    @property
    def _connection(self) -> DatabaseWrapper:
        return cast(DatabaseWrapper, connections[self.alias])

    def fill(self, cursor: CursorWrapper, chunk: Chunk) -> None:
        """Make the chunk's rows, and only them, readable through `source`."""
        self._chunk = chunk
        if self._temporary is not None:
            cursor.execute(_text(sql.SQL("TRUNCATE {}").format(self._temporary)))
        elif len(chunk.rows) > FEW_ROWS:
            self._create(cursor)
        if self._temporary is not None:
            self._copy(cursor, self._temporary)

    def source(self) -> sql.Composable:
        """Return what to put behind FROM: a relation with the staged columns, to be given an alias."""
        if self._temporary is not None:
            return self._temporary
        typed = sql.SQL("SELECT {} FROM {} WHERE false").format(name_list(self.names), sql.Identifier(self.table))
        # The empty first branch of the UNION gives every column the type that it has in the table; a VALUES list
        # would first settle on types of its own, text for NULL.
        return sql.SQL("({} UNION ALL {})").format(typed, sql.SQL(_MARK))

    def run(self, cursor: CursorWrapper, statement: sql.Composed) -> None:
        """Execute a statement in which `source()` was placed."""
        if self._temporary is not None:
            cursor.execute(_text(statement))
            return
        one = "SELECT " + ", ".join(["%s"] * len(self._columns))
        rows = " UNION ALL ".join([one] * len(self._chunk.rows))
        values: list[Any] = [
            Jsonb(value) if column.is_json and value is not None else value
            for row in self._chunk.rows
            for value, column in zip(row, self._columns, strict=True)
        ]
        try:
            # Only the rows bring placeholders; a % elsewhere is text of ours.
            cursor.execute(_text(statement).replace("%", "%%").replace(_MARK, rows), values)
        except DataError as error:
            raise self._located(error) from error

    def drop(self, cursor: CursorWrapper) -> None:
        """Remove the temporary table now: a long transaction would otherwise collect them."""
        if self._temporary is not None:
            cursor.execute(_text(sql.SQL("DROP TABLE {}").format(self._temporary)))

    def _create(self, cursor: CursorWrapper) -> None:
        # Numbered, so that two calls in one transaction never meet.
        self._temporary = sql.Identifier(f"bulk_{self.table[:40]}_{next(_table_numbers)}")
        query = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
        cursor.execute(_text(query.format(self._temporary, name_list(self.names), sql.Identifier(self.table))))

    def _copy(self, cursor: CursorWrapper, temporary: sql.Identifier) -> None:
        self._connection.ensure_local_settings()
        query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(temporary, name_list(self.names))
        try:
            _execute_copy(cursor, _text(query), self._send)
        except BulkDataError:
            raise
        except DataError as error:
            raise self._located(error) from error

    def _send(self, cursor: CursorWrapper, statement: str) -> None:
        with self._connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
            copy.set_types([column.oid for column in self._columns])
            write_row = copy.write_row
            try:
                for row in self._chunk.rows:
                    write_row(row)
            except UNFIT as error:
                raise self._located(error) from error

    def _located(self, error: Exception) -> Exception:
        """Name the row and column that an error is about, if PostgreSQL says so or a look at the values finds it."""
        context = getattr(getattr(error.__cause__, "diag", None), "context", None) or ""
        if place := _COPY_PLACE.search(context):
            message = str(error).partition("\n")[0]
            return BulkDataError(message, row=self._chunk.numbers[int(place[1]) - 1], column=place[2])
        for number, row in zip(self._chunk.numbers, self._chunk.rows, strict=True):
            for column, value in zip(self._columns, row, strict=True):
                if objection := column.objection(value, self._connection.connection):
                    return BulkDataError(objection, row=number, column=column.name)
        return error


def name_list(names: Sequence[str]) -> sql.Composed:
    """Return the quoted names, separated by commas."""
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _text(query: sql.Composable) -> str:
    return query.as_string(None)


def _execute_copy(cursor: CursorWrapper, statement: str, send: Any) -> None:
    """Run COPY past the execute wrappers and into the query log, for which Django offers execute() only."""

    def run(query: str, *_: Any) -> None:
        send(cursor, query)

    if isinstance(cursor, CursorDebugWrapper):
        with cursor.debug_sql(statement):
            cursor._execute_with_wrappers(statement, None, many=False, executor=run)
    else:
        cursor._execute_with_wrappers(statement, None, many=False, executor=run)
