"""Put rows where a set-based statement can read them: a temporary table, or a VALUES list when they are few."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any, cast

from django.db import connections
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg import Error as PsycopgError
from psycopg import sql
from psycopg.postgres import types as postgres_types
from psycopg.types.json import Jsonb

from apps.core.bulk.columns import BulkDataError, column_oids
from apps.core.postgresql.base import DatabaseWrapper

Row = Sequence[Any]
# Above this many rows COPY wins over a VALUES list, below it the catalogue work of a temporary table does not pay.
FEW_ROWS = 30
_JSON_OIDS = frozenset(postgres_types[name].oid for name in ("json", "jsonb"))
_table_numbers = count(1)


@dataclass(slots=True)
class Chunk:
    """Rows of one statement and the number each had in the caller's input, counted from 1."""

    rows: list[Row]
    numbers: Sequence[int]

    def last_of_each(self, positions: Sequence[int]) -> "Chunk":
        """Keep one row for each key: the last, in whose favour PostgreSQL would otherwise raise or choose at random."""
        kept = {tuple(row[at] for at in positions): (number, row) for number, row in zip(self.numbers, self.rows)}
        if len(kept) == len(self.rows):
            return self
        return Chunk(rows=[row for _, row in kept.values()], numbers=[number for number, _ in kept.values()])


@dataclass(slots=True)
class Staging:
    """A place for the rows of one bulk call; its temporary table lives until the transaction ends at the latest.

    Every statement, COPY included, passes Django's cursor, execute wrappers and query log.
    """

    table: str
    columns: tuple[str, ...]
    alias: str
    _oids: list[int] = field(init=False)
    _temporary: sql.Identifier | None = field(init=False, default=None)
    _few: Chunk | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._oids = column_oids(table=self.table, columns=self.columns, alias=self.alias)

    def fill(self, cursor: CursorWrapper, chunk: Chunk) -> None:
        """Make the chunk's rows, and only them, readable through `source`."""
        if self._temporary is None and len(chunk.rows) <= FEW_ROWS:
            self._few = self._checked(chunk)
            return
        self._few = None
        if self._temporary is None:
            self._create(cursor)
        else:
            cursor.execute(_text(sql.SQL("TRUNCATE {}").format(self._temporary)))
        self._copy(cursor, chunk)

    def run(self, cursor: CursorWrapper, statement: sql.Composed) -> None:
        """Execute a statement in which `source()` was placed."""
        if self._few is None:
            cursor.execute(_text(statement))
            return
        json_columns = [oid in _JSON_OIDS for oid in self._oids]
        values = [
            Jsonb(value) if is_json and value is not None else value
            for row in self._few.rows
            for value, is_json in zip(row, json_columns)
        ]
        # Only the placeholders of the VALUES list are placeholders; everything else was text of ours.
        cursor.execute(_text(statement).replace("%", "%%").replace(_MARK, self._values_list()), values)

    def source(self) -> sql.Composable:
        """Return what to put behind FROM: a relation with the staged columns, to be given an alias."""
        if self._few is None and self._temporary is not None:
            return self._temporary
        typed = sql.SQL("SELECT {} FROM {} WHERE false").format(_names(self.columns), sql.Identifier(self.table))
        # The empty first branch of the UNION gives every column the type that it has in the table.
        return sql.SQL("({} UNION ALL VALUES {})").format(typed, sql.SQL(_MARK))

    def drop(self, cursor: CursorWrapper) -> None:
        """Remove the temporary table now: a long transaction would otherwise collect them."""
        if self._temporary is not None:
            cursor.execute(_text(sql.SQL("DROP TABLE {}").format(self._temporary)))

    def _values_list(self) -> str:
        assert self._few is not None
        one = "(" + ", ".join(["%s"] * len(self.columns)) + ")"
        return ", ".join([one] * len(self._few.rows))

    def _checked(self, chunk: Chunk) -> Chunk:
        for number, row in zip(chunk.numbers, chunk.rows):
            self._check_width(number, row)
        return chunk

    def _check_width(self, number: int, row: Row) -> None:
        if len(row) != len(self.columns):
            raise BulkDataError(f"has {len(row)} values for {len(self.columns)} columns", row=number)

    def _create(self, cursor: CursorWrapper) -> None:
        # Numbered, so that two calls in one transaction never meet.
        self._temporary = sql.Identifier(f"bulk_{self.table[:40]}_{next(_table_numbers)}")
        query = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
        cursor.execute(_text(query.format(self._temporary, _names(self.columns), sql.Identifier(self.table))))

    def _copy(self, cursor: CursorWrapper, chunk: Chunk) -> None:
        assert self._temporary is not None
        connection = cast(DatabaseWrapper, connections[self.alias])
        connection.ensure_local_settings()
        query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(self._temporary, _names(self.columns))

        def send(statement: str, *_: Any) -> None:
            with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
                copy.set_types(self._oids)
                self._write(copy, chunk)

        statement = _text(query)
        if isinstance(cursor, CursorDebugWrapper):
            with cursor.debug_sql(statement):
                _through_wrappers(cursor, statement, send)
        else:
            _through_wrappers(cursor, statement, send)

    def _write(self, copy: Any, chunk: Chunk) -> None:
        number, row = 0, cast(Row, ())
        try:
            for number, row in zip(chunk.numbers, chunk.rows):
                self._check_width(number, row)
                copy.write_row(row)
        except BulkDataError:
            raise
        except (PsycopgError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BulkDataError(str(error), row=number, column=self._guilty_column(row)) from error

    def _guilty_column(self, row: Row) -> str | None:
        """Find the column whose value its type cannot take, by dumping the values of the row one by one."""
        connection = connections[self.alias].connection
        for column, oid, value in zip(self.columns, self._oids, row):
            dumper = connection.adapters.get_dumper_by_oid(oid, 1)(type(value), connection)
            try:
                if value is not None:
                    dumper.dump(value)
            except Exception:
                return column
        return None


def chunks(rows: "Iterator[Row]", size: int) -> Iterator[Chunk]:
    """Cut rows into chunks of at most `size`, numbering them from 1 throughout."""
    first = 1
    while taken := list(islice(rows, size)):
        yield Chunk(rows=taken, numbers=range(first, first + len(taken)))
        first += len(taken)


_MARK = "/*values*/"


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _text(query: sql.Composable) -> str:
    return query.as_string(None)


def _through_wrappers(cursor: CursorWrapper, statement: str, send: Any) -> None:
    # Django offers execute() and executemany() only; COPY takes the same way past the execute wrappers.
    cursor._execute_with_wrappers(statement, None, many=False, executor=send)
