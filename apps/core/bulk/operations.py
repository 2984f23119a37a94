"""Insert, upsert, update and delete many rows by one statement a chunk."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

from apps.core.bulk.columns import require_columns
from apps.core.bulk.errors import TransactionRequired
from apps.core.bulk.staging import Chunk, Row, Staging, chunks, name_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsert:
    """What happens to a row that exists already.

    `target`: the columns of the unique constraint or index. `target_where`: a partial index's condition, SQL of ours;
    of the form `column <> ''` it is understood, otherwise the caller sees to it that no target comes twice in a chunk.
    `update`: columns that take the new row's value. `also_set`: column to SQL expression of ours, where the old row
    goes by the table's name and the new one by `excluded`. `skip_unchanged`: leave rows alone whose `update` columns
    hold these values already, so that a repeated import writes nothing. `only_where`: leave rows alone that do not
    fulfil this condition, SQL of ours.
    """

    target: Sequence[str]
    update: Sequence[str]
    target_where: str = ""
    also_set: Mapping[str, str] = field(default_factory=dict)
    skip_unchanged: bool = False
    only_where: str = ""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """Counts of rows written, and for each written row the tuple of the columns asked for in `returning`."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    rows: tuple[tuple[Any, ...], ...] = ()


_NOT_EMPTY = re.compile(r"(\w+)\s*<>\s*''")
Conflict = Literal["nothing"] | Upsert | None


def copy_insert(
    *,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    conflict: Conflict = None,
    returning: Sequence[str] = (),
    using: str = DEFAULT_DB_ALIAS,
    chunk_rows: int | None = None,
) -> BulkResult:
    """Insert rows; existing ones raise (None), are left alone ("nothing") or are updated (an Upsert).

    Shapes: each row is a sequence in the order of `columns`; of rows with the same upsert target the last wins.
    Queries: one for up to 30 rows, else 3 and 3 more for every further chunk (`BULK_CHUNK_SIZE` rows).
    Memory: one chunk, and the returned rows.
    Errors: TransactionRequired, UnknownTable, UnknownColumn, BulkDataError (naming row and column), IntegrityError.
    """
    upsert = conflict if isinstance(conflict, Upsert) else None
    if upsert:
        wanted = (*upsert.target, *upsert.update)
        require_columns(table=table, columns=columns, wanted=wanted, what="conflict")
    names = name_list(columns)
    answer = [sql.Identifier(table, name) for name in returning]
    if upsert:
        # xmax is 0 in a row version that this statement inserted; an update leaves its lock there.
        answer = [*answer, sql.SQL("({}.xmax = 0)").format(sql.Identifier(table))]  # type: ignore[list-item]

    def statement(source: sql.Composable) -> sql.Composed:
        return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} AS staged{}{}").format(
            sql.Identifier(table), names, names, source, _on_conflict(table, conflict), _returning(answer)
        )

    once = _once_for_upsert(columns, upsert)
    run = _run(table, columns, rows, once, statement, bool(answer), using, chunk_rows)
    if not upsert:
        return BulkResult(inserted=run.count, rows=tuple(run.rows))
    inserted = sum(row[-1] for row in run.rows)
    written = tuple(row[:-1] for row in run.rows) if returning else ()
    return BulkResult(inserted=inserted, updated=len(run.rows) - inserted, rows=written)


def copy_update(
    *,
    table: str,
    key: Sequence[str],
    columns: Sequence[str],
    rows: Iterable[Row],
    where_sql: str = "",
    also_set: Mapping[str, str] | None = None,
    returning: Sequence[str] = (),
    using: str = DEFAULT_DB_ALIAS,
    chunk_rows: int | None = None,
) -> BulkResult:
    """Update `columns` of the rows found by `key`.

    Shapes: each row holds the key's values, then the columns' values; of rows with the same key the last wins.
    `where_sql` (SQL of ours) narrows further, `also_set` maps columns to SQL expressions; in both the stored row goes
    by the table's name and the given one by `staged`. Queries, memory, errors: as copy_insert.
    """
    carried = [*key, *columns]
    assignments = [sql.SQL("{0} = staged.{0}").format(sql.Identifier(name)) for name in columns]
    assignments += _expressions(also_set or {})
    answer = [sql.Identifier(table, name) for name in returning]

    def statement(source: sql.Composable) -> sql.Composed:
        return sql.SQL("UPDATE {} SET {} FROM {} AS staged WHERE {}{}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(assignments),
            source,
            _match(table, key, where_sql),
            _returning(answer),
        )

    run = _run(table, carried, rows, _once(carried, key), statement, bool(answer), using, chunk_rows)
    return BulkResult(updated=run.count, rows=tuple(run.rows))


def copy_delete(
    *,
    table: str,
    key: Sequence[str],
    rows: Iterable[Row],
    where_sql: str = "",
    returning: Sequence[str] = (),
    using: str = DEFAULT_DB_ALIAS,
    chunk_rows: int | None = None,
) -> BulkResult:
    """Delete the rows found by `key`; each given row holds the key's values. The rest is as for copy_update."""
    answer = [sql.Identifier(table, name) for name in returning]

    def statement(source: sql.Composable) -> sql.Composed:
        return sql.SQL("DELETE FROM {} USING {} AS staged WHERE {}{}").format(
            sql.Identifier(table), source, _match(table, key, where_sql), _returning(answer)
        )

    run = _run(table, key, rows, _once(key, key), statement, bool(answer), using, chunk_rows)
    return BulkResult(deleted=run.count, rows=tuple(run.rows))


@dataclass(slots=True)
class _Run:
    count: int = 0
    rows: list[tuple[Any, ...]] = field(default_factory=list)


def _run(
    table: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    once: Callable[[Chunk], Chunk],
    statement: Callable[[sql.Composable], sql.Composed],
    answers: bool,
    using: str,
    chunk_rows: int | None,
) -> _Run:
    connection = connections[using]
    if not connection.in_atomic_block:
        raise TransactionRequired(f"a bulk write to {table!r} needs transaction.atomic() around it")
    staging = Staging(table=table, names=tuple(columns), alias=using)
    run = _Run()
    with connection.cursor() as cursor:
        for chunk in chunks(iter(rows), chunk_rows or settings.BULK_CHUNK_SIZE, width=len(columns)):
            staging.fill(cursor, once(chunk))
            staging.run(cursor, statement(staging.source()))
            run.count += cursor.rowcount
            if answers:
                run.rows += cursor.fetchall()
        staging.drop(cursor)
    return run


def _once(columns: Sequence[str], key: Sequence[str], *, unless_empty: str | None = None) -> Callable[[Chunk], Chunk]:
    """Return what makes a chunk hold each key once."""
    if not key:
        return lambda chunk: chunk
    positions = [columns.index(name) for name in key]
    empty = None if unless_empty is None else columns.index(unless_empty)
    return lambda chunk: chunk.last_of_each(positions, unless_empty=empty)


def _once_for_upsert(columns: Sequence[str], upsert: Upsert | None) -> Callable[[Chunk], Chunk]:
    if upsert is None:
        return _once(columns, ())
    if not upsert.target_where:
        return _once(columns, upsert.target)
    partial = _NOT_EMPTY.fullmatch(upsert.target_where.strip())
    if partial is None or partial[1] not in columns:
        return _once(columns, ())
    return _once(columns, upsert.target, unless_empty=partial[1])


def _raw(text: str) -> sql.SQL:
    # Written by us in the calling service, never by a user: psycopg's types ask for a literal.
    return sql.SQL(text)


def _expressions(also_set: Mapping[str, str]) -> list[sql.Composed]:
    return [sql.SQL("{} = {}").format(sql.Identifier(name), _raw(text)) for name, text in also_set.items()]


def _match(table: str, key: Sequence[str], where_sql: str) -> sql.Composed:
    if not key:
        raise ValueError(f"a bulk update or delete of {table!r} needs a key")
    parts = [sql.SQL("{} = staged.{}").format(sql.Identifier(table, name), sql.Identifier(name)) for name in key]
    if where_sql:
        parts.append(sql.SQL("({})").format(_raw(where_sql)))
    return sql.SQL(" AND ").join(parts)


def _returning(answer: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL(" RETURNING {}").format(sql.SQL(", ").join(answer)) if answer else sql.SQL("")


def _on_conflict(table: str, conflict: Conflict) -> sql.Composable:
    if conflict is None:
        return sql.SQL("")
    if not isinstance(conflict, Upsert):
        return sql.SQL(" ON CONFLICT DO NOTHING")
    assignments = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in conflict.update]
    assignments += _expressions(conflict.also_set)
    partial = sql.SQL(" WHERE {}").format(_raw(conflict.target_where)) if conflict.target_where else sql.SQL("")
    conditions: list[sql.Composable] = []
    if conflict.only_where:
        conditions.append(sql.SQL("({})").format(_raw(conflict.only_where)))
    if conflict.skip_unchanged:
        differs = sql.SQL("({}) IS DISTINCT FROM ({})").format(
            sql.SQL(", ").join(sql.Identifier(table, name) for name in conflict.update),
            sql.SQL(", ").join(sql.Identifier("excluded", name) for name in conflict.update),
        )
        conditions.append(differs)
    changed: sql.Composable = sql.SQL("")
    if conditions:
        changed = sql.SQL(" WHERE {}").format(sql.SQL(" AND ").join(conditions))
    return sql.SQL(" ON CONFLICT ({}){} DO UPDATE SET {}{}").format(
        name_list(conflict.target), partial, sql.SQL(", ").join(assignments), changed
    )
