"""Reads of PostgreSQL's own statistics, for operators."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection

# Keys as numbers, so that indexes can be compared: column, operator class, collation and direction of each.
_INDEXES = """
SELECT t.relname, c.relname, am.amname, pg_relation_size(c.oid), coalesce(s.idx_scan, 0), coalesce(s.idx_tup_read, 0),
       s.last_idx_scan, i.indisvalid AND i.indisready, i.indisunique,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')),
       pg_get_indexdef(c.oid), i.indnkeyatts, i.indkey::int[],
       (SELECT array_agg(row_ ORDER BY row_.place) FROM (
           SELECT place, i.indclass[place] AS class, i.indcollation[place] AS collation, i.indoption[place] AS option
           FROM generate_series(0, i.indnkeyatts - 1) AS place) AS row_)::text[],
       coalesce(pg_get_expr(i.indpred, i.indrelid), '') || '|' || coalesce(pg_get_expr(i.indexprs, i.indrelid), '')
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = c.oid
WHERE t.relnamespace = 'public'::regnamespace AND t.relname = ANY(%s)
ORDER BY t.relname, c.relname
"""


@dataclass(frozen=True)
class IndexUsage:
    """An index of ours and its use since the statistics were last reset.

    `size`: bytes. `rows_read`: entries returned by scans. `covered_by`: another index that answers every query that
    this one can, as its keys begin with this one's; None where there is none. A unique index or a constraint is needed
    however seldom it is read.
    """

    table: str
    name: str
    method: str
    size: int
    scans: int
    rows_read: int
    last_used: datetime | None
    valid: bool
    unique: bool
    constraint: bool
    definition: str
    covered_by: str | None

    @property
    def unused(self) -> bool:
        """Whether it costs writing and nobody has read it."""
        return self.scans == 0 and not self.unique and not self.constraint


@dataclass(frozen=True)
class _Found:
    usage: IndexUsage
    keys: tuple[tuple[int, str], ...]
    columns: frozenset[int]
    condition: str


def index_usage() -> list[IndexUsage]:
    """Return every index of the product's tables, by table and name. One query, which any role may send."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES, [_own_tables()])
        found = [_read(row) for row in cursor.fetchall()]
    return [_with_cover(each, found) for each in found]


def _own_tables() -> list[str]:
    return [model._meta.db_table for model in apps.get_models() if model.__module__.startswith("apps.")]


def _read(row: tuple[Any, ...]) -> _Found:
    key_count, columns, traits, condition = row[-4:]
    keys = tuple(zip(columns[:key_count], traits, strict=True))
    usage = IndexUsage(*row[:-4], covered_by=None)  # type: ignore[misc]
    return _Found(usage, keys, frozenset(columns), condition)


def _with_cover(each: _Found, found: list[_Found]) -> IndexUsage:
    return replace(each.usage, covered_by=next((other.usage.name for other in found if _covers(other, each)), None))


def _covers(other: _Found, each: _Found) -> bool:
    """Tell whether another index makes this one superfluous; of two alike the constraint stays, else the first."""
    mine, its = each.usage, other.usage
    if mine.name == its.name or mine.table != its.table or mine.unique or mine.constraint or not its.valid:
        return False
    alike = mine.method == its.method == "btree" and each.condition == other.condition
    begins = other.keys[: len(each.keys)] == each.keys and each.columns <= other.columns
    same = other.keys == each.keys and each.columns == other.columns
    return alike and begins and (not same or its.unique or its.name < mine.name)
