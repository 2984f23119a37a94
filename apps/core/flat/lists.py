"""What a flat list consists of, and the few statements that it is read by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import Model

from apps.core.flat.values import NotReadable, Reader
from apps.core.keyset.ordering import SeekKey, named_key


@dataclass(frozen=True, slots=True)
class Column:
    """A member of each item: an SQL expression over `row` and the join that it needs."""

    name: str
    sql: str
    join: str = ""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Conditions that hold together, in a fixed order: their SQL and their values."""

    sql: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    def __add__(self, other: "Narrowed") -> "Narrowed":
        return Narrowed(self.sql + other.sql, self.values + other.values)


@dataclass(frozen=True, slots=True)
class Condition:
    """What narrows the list: SQL over `row` with one %s, and how its text is read.

    `several`: SQL with one %s for the list of all values, where the parameter may be given more than once.
    `scoped`: the list's own scope values come before the value, for a look-up in another table.
    """

    sql: str
    read: Reader
    several: str = ""
    scoped: bool = False

    def narrow(self, texts: Sequence[str], whose: tuple[Any, ...]) -> Narrowed:
        """Return the condition with the value that the texts say. Errors: NotReadable."""
        if len(texts) > 1 and not self.several:
            raise NotReadable
        values = [self.read(text) for text in texts]
        # One value is compared by itself: what a plan made for any list expects of it is ten.
        sql, value = (self.sql, values[0]) if len(values) == 1 else (self.several, values)
        return Narrowed((sql,), (*(whose if self.scoped else ()), value))


@dataclass(frozen=True, slots=True)
class Choice:
    """What narrows the list in its own way for each of a few texts: SQL without values, as partial indexes need."""

    sql: Mapping[str, str]

    def narrow(self, texts: Sequence[str], whose: tuple[Any, ...]) -> Narrowed:
        """Return the condition for the one text. Errors: NotReadable."""
        if len(texts) > 1 or texts[0] not in self.sql:
            raise NotReadable
        return Narrowed((self.sql[texts[0]],))


@dataclass(frozen=True, slots=True, eq=False)
class FlatList:
    """Rows of one table, seen through columns.

    `scope` is SQL over `row` with %s that says whose rows they are, as in "row.tenant_id = %s"; `constant` names the
    model fields that it holds to one value. `orderings` are names of ordered columns by what clients call them, each
    unique (see core.keyset); the first is the default. `joins` are LEFT JOINs on the rows of one page.
    """

    model: type[Model]
    columns: tuple[Column, ...]
    scope: str
    orderings: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, Condition | Choice] = field(default_factory=dict)
    joins: Mapping[str, str] = field(default_factory=dict)
    constant: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return _names(self)

    def key(self, ordering: str) -> SeekKey:
        """Return the key to seek by. Errors: KeyError for an ordering that the list does not have."""
        return _key(self, ordering)


@lru_cache(maxsize=256)
def _names(flat: FlatList) -> tuple[str, ...]:
    return tuple(column.name for column in flat.columns)


@lru_cache(maxsize=256)
def _key(flat: FlatList, ordering: str) -> SeekKey:
    return named_key(flat.model, flat.orderings[ordering], constant=flat.constant)


@lru_cache(maxsize=4096)
def page_statement(
    flat: FlatList, names: tuple[str, ...], conditions: tuple[str, ...], ordering: str, operator: str, cut: str
) -> str:
    """Return the statement for one shape of page; the ordered columns come behind those named.

    `operator` compares with the cursor's values, "" without a cursor; turned round (against the ordering's direction)
    the rows come in reverse. `cut` is LIMIT and OFFSET as literals: a plan made for an unknown LIMIT expects a tenth of
    all rows, and joins and sorts them (8.3 ms against 0.3 for fifty of 13,000).
    """
    key = flat.key(ordering)
    back = bool(operator) and (operator[0] == "<") != key.descending
    direction = " DESC" if key.descending != back else ""
    where = [flat.scope, *conditions]
    if operator:
        places = ", ".join("%s" for _ in key.paths)
        where.append(f"({', '.join(f'row.{path}' for path in key.paths)}) {operator} ({places})")
    order = ", ".join(f"row.{path}{direction}" for path in key.paths)
    chosen = [column for column in flat.columns if column.name in names]
    needed = dict.fromkeys(column.join for column in chosen if column.join)
    columns = ", ".join([*(column.sql for column in chosen), *(f"row.{path}" for path in key.paths)])
    joins = " ".join(flat.joins[name] for name in needed)
    # Joined after the cut: fifty look-ups, whatever the planner believes of the rest.
    table = flat.model._meta.db_table
    if not conditions:
        page = f"(SELECT row.* FROM {table} AS row WHERE {_all(where)} ORDER BY {order} {cut}) AS row"
    else:
        # Keys first: the covering indexes decide by themselves which rows pass (apps/reports/README.md, ledger).
        keys = f"SELECT row.tenant_id, row.id FROM {table} AS row WHERE {_all(where)} ORDER BY {order} {cut}"
        page = f"({keys}) AS page JOIN {table} AS row ON row.tenant_id = page.tenant_id AND row.id = page.id"
    return f"SELECT {columns} FROM {page} {joins} ORDER BY {order}"


@lru_cache(maxsize=1024)
def count_statement(flat: FlatList, conditions: tuple[str, ...]) -> str:
    """Return the statement that counts the rows of one shape."""
    return f"SELECT count(*) FROM {flat.model._meta.db_table} AS row WHERE {_all([flat.scope, *conditions])}"


def _all(conditions: list[str]) -> str:
    return " AND ".join(conditions)
