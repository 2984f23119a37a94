"""Read a page of a flat list."""

from typing import Any

from apps.core.flat.lists import FlatList, Narrowed, count_statement, page_statement
from apps.core.keyset.cursors import Position, decode_cursor
from apps.core.keyset.pages import CursorPage, cursor_purpose, cut_page
from apps.core.postgresql.prepared import Row, Statement, prepared_rows

Item = dict[str, Any]


def read_page(
    flat: FlatList,
    *,
    whose: tuple[Any, ...],
    names: tuple[str, ...],
    narrowed: Narrowed,
    ordering: str,
    cursor: str,
    page_size: int,
    scope: str,
) -> CursorPage[Item]:
    """Return the page at a cursor (see core.keyset.seek_page, whose cursors these are too), items as dictionaries.

    `whose` holds the values of the list's scope, `names` the columns wanted in the list's order. One query.
    Errors: InvalidCursor.
    """
    key = flat.key(ordering)
    purpose = cursor_purpose(flat.model, key, scope)
    at = decode_cursor(cursor, purpose=purpose, fields=key.fields) if cursor else None
    sql, params = page_query(
        flat, whose=whose, names=names, narrowed=narrowed, ordering=ordering, at=at, page_size=page_size
    )
    width = len(names)
    page = cut_page(
        prepared_rows(sql, params), at=at, page_size=page_size, purpose=purpose, values_of=lambda row: row[width:]
    )
    return CursorPage(items=page_items(names, page.items), next=page.next, previous=page.previous)


def page_query(
    flat: FlatList,
    *,
    whose: tuple[Any, ...],
    names: tuple[str, ...],
    narrowed: Narrowed,
    ordering: str,
    at: Position | None,
    page_size: int,
) -> Statement:
    """Return the statement and the values for the page_size + 1 rows from a position."""
    operator = _operator(at, descending=flat.key(ordering).descending) if at else ""
    sql = page_statement(flat, names, narrowed.sql, ordering, operator, f"LIMIT {page_size + 1}")
    return sql, (*whose, *narrowed.values, *(at.values if at else ()))


def read_rows(
    flat: FlatList,
    *,
    whose: tuple[Any, ...],
    names: tuple[str, ...],
    narrowed: Narrowed,
    ordering: str,
    offset: int,
    limit: int,
) -> list[Item]:
    """Return rows by their place in the list; the further, the dearer. One query."""
    # OFFSET as a value, LIMIT as a literal: pages are many, sizes few.
    sql = page_statement(flat, names, narrowed.sql, ordering, "", f"OFFSET %s LIMIT {limit}")
    return page_items(names, prepared_rows(sql, (*whose, *narrowed.values, offset)))


def count_rows(flat: FlatList, *, whose: tuple[Any, ...], narrowed: Narrowed) -> int:
    """Count the rows. One query."""
    return int(prepared_rows(count_statement(flat, narrowed.sql), (*whose, *narrowed.values))[0][0])


def _operator(at: Position, *, descending: bool) -> str:
    return ("<" if descending != at.back else ">") + ("=" if at.inclusive else "")


def page_items(names: tuple[str, ...], rows: list[Row]) -> list[Item]:
    """Return rows of a page's statement as dictionaries of the named columns."""
    # The ordered values behind the named ones fall away: zip ends with the shorter.
    return [dict(zip(names, row, strict=False)) for row in rows]
