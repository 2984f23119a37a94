"""Fill the words of a searched table from its marks, or all of them anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from apps.core.locks import hold_lock
from apps.core.search.tables import SearchedTable

# Rows of one transaction: half a second of work. A mark names a thousand at most.
ROWS_PER_STEP = 5_000
_MARKS_PER_STEP = 1_000
REBUILD_ROWS = 10_000
# A tsvector holds 1 MiB; a text beyond that would stop every later one from being read.
TEXT_MAX = 100_000

# The first two lexemes say whose the row is, and whose in which month: no text yields one that begins with @.
_VECTOR = (
    "format('''@%%s'' ''@%%s:%%s''', r.tenant_id, r.tenant_id, search_month(r.{at}))::tsvector "
    f"|| to_tsvector(language, left({{text}}, {TEXT_MAX}))"
)
_WRITE = """
INSERT INTO {words} (tenant_id, created_at, {key}, at, words)
SELECT r.tenant_id, now(), r.id, r.{at}, {vector}
FROM {table} r, search_configuration(%(tenant)s) AS language
WHERE r.tenant_id = %(tenant)s AND {which}
ORDER BY r.id
ON CONFLICT (tenant_id, {key}) DO UPDATE SET at = excluded.at, words = excluded.words, created_at = excluded.created_at
WHERE ({words}.at, {words}.words) IS DISTINCT FROM (excluded.at, excluded.words)
"""
_TAKE = """
WITH oldest AS (
    SELECT id, cardinality({keys}) AS own FROM {marks} WHERE tenant_id = %(tenant)s ORDER BY id LIMIT %(marks)s
), summed AS (
    SELECT id, sum(own) OVER (ORDER BY id) - own AS before FROM oldest
), first AS (
    SELECT id FROM summed WHERE before < %(rows)s
)
DELETE FROM {marks} m USING first WHERE m.tenant_id = %(tenant)s AND m.id = first.id RETURNING {keys}
"""
_FORGET_REMOVED = """
DELETE FROM {words} w WHERE w.tenant_id = %(tenant)s AND {which}
AND NOT EXISTS (SELECT FROM {table} r WHERE r.tenant_id = w.tenant_id AND r.id = w.{key})
"""
_ADVANCE = """
SELECT max(id) FROM (
    SELECT id FROM {table} WHERE tenant_id = %(tenant)s AND id > %(after)s ORDER BY id LIMIT %(rows)s
) AS part
"""
_BEHIND = "SELECT DISTINCT tenant_id FROM {marks} ORDER BY tenant_id"


@dataclass(frozen=True)
class Filled:
    """What a step did: marks taken away, rows that they named as new or changed, rows whose words differ now."""

    marks: int
    rows: int
    written: int


def fill_words(searched: SearchedTable, *, tenant_id: int, tell: Callable[[], None]) -> Filled:
    """Read the texts that the oldest marks of a tenant name, about ROWS_PER_STEP; call again while `marks` is not 0.

    One filling of a tenant at a time. The marks go in the transaction that writes the words, so that a crash leaves
    them standing; `tell` is called in it when searches will find other rows.
    Queries: a lock, the marks, the rows, and those removed where there are any.
    """
    with transaction.atomic():
        hold_lock(searched.words, tenant_id)
        values: dict[str, Any] = {"tenant": tenant_id, "marks": _MARKS_PER_STEP, "rows": ROWS_PER_STEP}
        # Each in a statement of its own behind the lock, so that it sees what the lock's last holder has written.
        taken = _rows(searched, _TAKE, values)
        marked = {each for (part,) in taken for each in part}
        ids = sorted(each for each in marked if each > 0)
        written = _count(searched, _WRITE, values | {"ids": ids}, "r.id = ANY(%(ids)s)") if ids else 0
        if gone := [-each for each in marked if each < 0]:
            written += _count(searched, _FORGET_REMOVED, values | {"ids": gone}, f"w.{searched.key} = ANY(%(ids)s)")
        if written:
            tell()
    return Filled(marks=len(taken), rows=len(ids), written=written)


def rebuild_words(searched: SearchedTable, *, tenant_id: int, after: int, tell: Callable[[], None]) -> int | None:
    """Read the texts of the next REBUILD_ROWS rows of a tenant behind the id `after`, whatever the marks say.

    Return the last id read, None when there was none left; the words of rows that are gone go then. Rows whose words
    are right already are not written. Needed after a change of language, and after loading with triggers off.
    """
    with transaction.atomic():
        hold_lock(searched.words, tenant_id)
        values: dict[str, Any] = {"tenant": tenant_id, "after": after, "rows": REBUILD_ROWS}
        last: int | None = _rows(searched, _ADVANCE, values)[0][0]
        if last is None:
            _count(searched, _FORGET_REMOVED, values, "true")
            return None
        if _count(searched, _WRITE, values | {"last": last}, "r.id > %(after)s AND r.id <= %(last)s"):
            tell()
    return last


def words_behind(searched: SearchedTable) -> list[int]:
    """Return the tenants that have marks, of those that row-level security shows. One query on a table that is all
    but empty."""
    return [tenant_id for (tenant_id,) in _rows(searched, _BEHIND, {})]


def _rows(searched: SearchedTable, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_spelled(searched, sql), values or None)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _count(searched: SearchedTable, sql: str, values: dict[str, Any], which: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_spelled(searched, sql, which), values)
        return int(cursor.rowcount)


def _spelled(searched: SearchedTable, sql: str, which: str = "") -> str:
    text = " || ' ' || ".join(f"r.{name}" for name in searched.texts)
    names = {
        "table": searched.table,
        "words": searched.words,
        "marks": searched.marks,
        "key": searched.key,
        "keys": searched.keys,
        "at": searched.at,
    }
    return sql.format(**names, which=which, vector=_VECTOR.format(at=searched.at, text=text))
