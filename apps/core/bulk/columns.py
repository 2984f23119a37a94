"""What type each column of a table has, read from Django's models so that no query is needed."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import connections
from psycopg import Connection, adapt, postgres
from psycopg import Error as PsycopgError
from psycopg.pq import Format

from apps.core.bulk.errors import UnknownColumn, UnknownTable

_JSON = frozenset(("json", "jsonb"))
# What psycopg's dumpers raise for a value that is not of their type.
UNFIT = (PsycopgError, TypeError, ValueError, AttributeError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, its PostgreSQL type as an oid, and the most characters it takes."""

    name: str
    oid: int
    is_json: bool = False
    max_length: int | None = None

    def objection(self, value: Any, connection: "Connection[Any]") -> str | None:
        """Say why the column cannot take the value; None when nothing speaks against it."""
        if value is None:
            return None
        if isinstance(value, str) and "\0" in value:
            return "text cannot contain NUL (0x00)"
        if self.max_length is not None and len(str(value)) > self.max_length:
            return f"{len(str(value))} characters are more than {self.max_length}"
        try:
            context = adapt.Transformer(connection)
            context.adapters.get_dumper_by_oid(self.oid, Format.BINARY)(type(value), context).dump(value)
        except UNFIT as error:
            return f"{value!r:.80} does not fit: {error}"
        return None


@lru_cache(maxsize=256)
def _columns_of_table(table: str, alias: str) -> dict[str, str]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table:
            fields = model._meta.concrete_fields
            return {field.column: field.db_type(connections[alias]) or "" for field in fields if field.column}
    raise UnknownTable(f"no model has the table {table!r}")


def table_columns(*, table: str, names: Iterable[str], alias: str) -> list[Column]:
    """Return the named columns in the order given.

    Errors: UnknownTable, UnknownColumn (also for a type that psycopg does not know).
    """
    types = _columns_of_table(table, alias)
    columns = []
    for name in names:
        if name not in types:
            raise UnknownColumn(f"table {table!r} has no column {name!r}; it has {', '.join(sorted(types))}")
        columns.append(_column(name, types[name]))
    return columns


def _column(name: str, declared: str) -> Column:
    # varchar(20) and numeric(9, 2) are varchar and numeric to the wire.
    base, _, detail = declared.removesuffix("[]").partition("(")
    info = postgres.types.get(base)
    if info is None:
        raise UnknownColumn(f"column {name!r} is of type {declared!r}, which COPY cannot send")
    if declared.endswith("[]"):
        return Column(name=name, oid=info.array_oid)
    length = int(detail.rstrip(")")) if base == "varchar" and detail else None
    return Column(name=name, oid=info.oid, is_json=base in _JSON, max_length=length)


def require_columns(*, table: str, columns: Sequence[str], wanted: Iterable[str], what: str) -> None:
    """Refuse a column in `wanted` that the rows do not carry."""
    for column in wanted:
        if column not in columns:
            raise UnknownColumn(f"{what} names the column {column!r}, which the rows for {table!r} do not carry")
