"""Cut one page out of a queryset."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesIterable

from apps.core.keyset.cursors import Position, decode_cursor, encode_cursor
from apps.core.keyset.ordering import SeekKey, UnseekableOrdering, seek_key

T = TypeVar("T")


class PageOutOfRange(ValueError):
    """There is no such page number."""


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[T]):
    """A page by cursor; `next` and `previous` are cursors, None where the list ends."""

    items: list[T]
    next: str | None
    previous: str | None

    @property
    def has_next(self) -> bool:
        """Whether there is a page behind this one."""
        return self.next is not None

    @property
    def has_previous(self) -> bool:
        """Whether there is a page before this one."""
        return self.previous is not None


@dataclass(frozen=True, slots=True)
class NumberedPage(Generic[T]):
    """A page by number, counted from 1; an empty list has one empty page."""

    items: list[T]
    total: int
    page: int
    page_size: int

    @property
    def total_pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(-(-self.total // self.page_size), 1)

    @property
    def has_next(self) -> bool:
        """Whether there is a page behind this one."""
        return self.page < self.total_pages

    @property
    def has_previous(self) -> bool:
        """Whether there is a page before this one."""
        return self.page > 1


class _RowComparison(Func):
    """`(a, b) < (x, y)`: one index range, where the spelled-out OR would be a filter."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, key: SeekKey, values: tuple[Any, ...], operator: str) -> None:
        self.operator = operator
        self.width = len(values)
        columns = [F(path) for path in key.paths]
        typed = [Value(value, output_field=field) for value, field in zip(values, key.fields, strict=True)]
        super().__init__(*columns, *typed)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        left = ", ".join(sql for sql, _ in parts[: self.width])
        right = ", ".join(sql for sql, _ in parts[self.width :])
        return f"({left}) {self.operator} ({right})", [param for _, params in parts for param in params]


def seek_page(
    queryset: "QuerySet[Any, T]", *, cursor: str, page_size: int, scope: str = "", constant: Collection[str] = ()
) -> CursorPage[T]:
    """Return the page at a cursor, the first one for "".

    Works on model instances, values() and values_list() that include the ordered fields; the order must be unique
    (see seek_key, also for `constant`). `scope` names whose list it is and how it is filtered: a cursor of another
    scope is refused. Queries: one, of page_size + 1 rows; no COUNT, no OFFSET.
    Errors: InvalidCursor, UnseekableOrdering, ValueError for a page size below 1.
    """
    _check_size(page_size)
    key = seek_key(queryset, constant=constant)
    purpose = cursor_purpose(queryset.model, key, scope)
    at = decode_cursor(cursor, purpose=purpose, fields=key.fields) if cursor else None
    rows = list(_sought(queryset, key, at)[: page_size + 1])
    return cut_page(rows, at=at, page_size=page_size, purpose=purpose, values_of=_reader(queryset, key))


def cursor_purpose(model: type[Model], key: SeekKey, scope: str) -> str:
    """Return what a cursor is signed for: rows of one model, in one order, of one list."""
    return f"{model._meta.label}|{key.signature()}|{scope}"


def cut_page(
    rows: list[T], *, at: Position | None, page_size: int, purpose: str, values_of: Callable[[T], tuple[Any, ...]]
) -> CursorPage[T]:
    """Make a page of the page_size + 1 rows (or fewer) found from a position, in the order in which they were sought.

    `values_of` returns a row's ordered values. Going back the rows are sought in reverse; the page has them in order.
    """
    back = at is not None and at.back
    more = len(rows) > page_size
    rows = rows[:page_size]
    if back:
        rows.reverse()

    def cursor_at(row: T, *, going_back: bool) -> str:
        return encode_cursor(Position(values_of(row), back=going_back), purpose=purpose)

    if not rows:
        return _empty_page(at, purpose)
    # The row that a cursor was made of lies on the side it came from, so there is a page there without asking.
    return CursorPage(
        items=rows,
        next=cursor_at(rows[-1], going_back=False) if more or back else None,
        previous=cursor_at(rows[0], going_back=True) if (more if back else at is not None) else None,
    )


def numbered_page(
    queryset: "QuerySet[Any, T]", *, page: int, page_size: int, total: Callable[[], int] | None = None
) -> NumberedPage[T]:
    """Return a page by number. Its cost grows with the number: for deep lists use seek_page.

    `total` is a hook for a cached or pre-computed count; without it the database counts, a second query.
    Errors: PageOutOfRange below 1 or behind the last page; UnseekableOrdering without an ordering.
    """
    _check_size(page_size)
    if not queryset.ordered:
        raise UnseekableOrdering(f"{queryset.model.__name__} rows have no ordering: call order_by() before paging")
    count = queryset.count() if total is None else total()
    last = max(-(-count // page_size), 1)
    if not 1 <= page <= last:
        raise PageOutOfRange(f"there is no page {page}; the last one is {last}")
    items = list(queryset[(page - 1) * page_size : page * page_size]) if count else []
    return NumberedPage(items=items, total=count, page=page, page_size=page_size)


def _check_size(page_size: int) -> None:
    if page_size < 1:
        raise ValueError(f"a page of {page_size} rows cannot be cut")


def _sought(queryset: "QuerySet[Any, T]", key: SeekKey, at: Position | None) -> "QuerySet[Any, T]":
    if at is None:
        return queryset
    operator = ("<" if key.descending != at.back else ">") + ("=" if at.inclusive else "")
    sought = queryset.filter(_RowComparison(key, at.values, operator))
    return sought.reverse() if at.back else sought


def _empty_page(at: Position | None, purpose: str) -> "CursorPage[Any]":
    """Behind the cursor's row nothing is left; the way back includes that row itself, if it still exists."""
    if at is None:
        return CursorPage(items=[], next=None, previous=None)
    turned = encode_cursor(Position(at.values, back=not at.back, inclusive=True), purpose=purpose)
    return CursorPage(items=[], next=turned if at.back else None, previous=None if at.back else turned)


def _reader(queryset: "QuerySet[Any, Any]", key: SeekKey) -> Callable[[Any], tuple[Any, ...]]:
    """Return how to read the ordered values from a row of this queryset."""
    shape: Any = queryset._iterable_class
    if issubclass(shape, ModelIterable):
        return lambda row: tuple(_attribute(row, path) for path in key.paths)
    names = _value_names(queryset)
    missing = [path for path in key.paths if path not in names]
    if missing or issubclass(shape, FlatValuesListIterable):
        raise UnseekableOrdering(f"the rows do not carry {', '.join(missing or key.paths)}, by which they are ordered")
    if issubclass(shape, ValuesIterable):
        return lambda row: tuple(row[path] for path in key.paths)
    positions = [names.index(path) for path in key.paths]
    return lambda row: tuple(row[position] for position in positions)


def _value_names(queryset: "QuerySet[Any, Any]") -> list[str]:
    query = queryset.query
    fields = getattr(queryset, "_fields", None)
    return list(fields or (*query.extra_select, *query.values_select, *query.annotation_select))


def _attribute(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = getattr(row, part)
    return row.pk if hasattr(row, "pk") else row
