"""What type each column of a table has, read from Django's models so that no query is needed."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.apps import apps
from django.db import DataError, connections
from psycopg import postgres


class UnknownTable(LookupError):
    """No model of this project has that table."""


class UnknownColumn(LookupError):
    """The table has no such column."""


class BulkDataError(DataError):
    """A row that the table cannot take; says which row (counted from 1) and, where known, which column."""

    def __init__(self, message: str, *, row: int, column: str | None = None) -> None:
        place = f"row {row}" + (f", column {column}" if column else "")
        super().__init__(f"{place}: {message}")
        self.row = row
        self.column = column


@lru_cache(maxsize=256)
def _types_of_table(table: str, alias: str) -> dict[str, str]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table:
            fields = model._meta.concrete_fields
            return {field.column: field.db_type(connections[alias]) or "" for field in fields if field.column}
    raise UnknownTable(f"no model has the table {table!r}")


def column_oids(*, table: str, columns: Iterable[str], alias: str) -> list[int]:
    """Return the PostgreSQL type of each column as an oid, in the order given.

    Errors: UnknownTable, UnknownColumn (also for a type that psycopg does not know).
    """
    types = _types_of_table(table, alias)
    oids = []
    for column in columns:
        if column not in types:
            raise UnknownColumn(f"table {table!r} has no column {column!r}; it has {', '.join(sorted(types))}")
        # varchar(20) and numeric(9, 2) are varchar and numeric to the wire.
        name, bracket, rest = types[column].partition("(")
        info = postgres.types.get(name.strip())
        if info is None:
            raise UnknownColumn(f"column {column!r} of {table!r} has the type {types[column]!r}, which COPY cannot send")
        oids.append(info.array_oid if rest.endswith("[]") or types[column].endswith("[]") else info.oid)
    return oids


def require_columns(*, table: str, columns: Sequence[str], wanted: Iterable[str], what: str) -> None:
    """Refuse a column in `wanted` that the rows do not carry."""
    for column in wanted:
        if column not in columns:
            raise UnknownColumn(f"{what} names the column {column!r}, which the rows for {table!r} do not carry")
