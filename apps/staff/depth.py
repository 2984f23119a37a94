"""How far back a list looks.

Only what an index leads to can be read page by page at any size. Every other filter and every other order means reading
all rows of the city, and nobody adds an index for each column of each list, for every index is paid for by every write.
So those look through the newest rows only, the list says how far back that goes, and a choice of days looks further.
Which index there is for what is read from the models: a new one lengthens the lists that it serves.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any

from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.db.models import Model, Q, QuerySet, UniqueConstraint
from django.http import HttpRequest

# 200 pages of 50, as far as counting goes (counting.py). Ten thousand rows are read and sorted in 10 to 20 ms.
LIST_DEPTH = 10_000
# Where the list's own index carries what is filtered by, the table is not read: ten times as far in the same time.
COVERED_DEPTH = 100_000

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One thing that narrows a list: by which field, and how; `served`: an index leads to this very value."""

    field: str
    apply: Callable[[Rows], Rows]
    served: bool = False


@dataclass(frozen=True, slots=True)
class Depth:
    """Where a list stops looking: after how many rows, the bound of the ordering field, and the day for people."""

    rows: int
    bound: Any
    day: date


def narrowings(changelist: Any, request: HttpRequest) -> list[Narrowing]:
    """Return what narrows a list, filters first.

    A filter that narrows by default says so by `narrows`, one whose value has an index of its own by `served`.
    """
    known: set[str | None] = set()
    found: list[Narrowing] = []
    for spec in changelist.filter_specs:
        known.update(spec.expected_parameters())
        if getattr(spec, "narrows", bool(spec.used_parameters)):
            found.append(Narrowing(spec.field_path, _by_filter(spec, request), getattr(spec, "served", False)))
    found.extend(_by_address(changelist.get_filters_params(), known))
    return found


def _by_filter(spec: Any, request: HttpRequest) -> Callable[[Rows], Rows]:
    def apply(rows: Rows) -> Rows:
        kept: Rows | None = spec.queryset(request, rows)
        return rows if kept is None else kept

    return apply


def _by_address(params: dict[str, Any], known: set[str | None]) -> Iterator[Narrowing]:
    """Yield what stands in the address without a filter of its own, such as the link to the reports of an issue."""
    for name in params.keys() - known:
        condition = build_q_object_from_lookup_parameters({name: params[name]})
        yield Narrowing(name.partition("__")[0], partial(_keep, condition))


def _keep(condition: Q, rows: Rows) -> Rows:
    return rows.filter(condition)


@lru_cache(maxsize=256)
def served_fields(model: type[Model], newest_by: str) -> frozenset[str]:
    """Return the fields of which one value's newest rows are found by an index, and those of which it has few rows.

    The first are `(tenant, field, newest_by)`. The second are what the row belongs to, with any index of their own:
    one issue's clocks are few, however many clocks there are.
    """
    return frozenset(
        names[1]
        for names, condition in _indexes(model)
        if condition in (None, Q(**{f"{names[1]}__isnull": False}))
        and (names[2:3] == [newest_by] or model._meta.get_field(names[1]).is_relation)
    )


@lru_cache(maxsize=256)
def covered_fields(model: type[Model], newest_by: str) -> frozenset[str]:
    """Return the fields that the list's own index `(tenant, newest_by, …)` carries along."""
    indexes = (index for index in model._meta.indexes if index.condition is None)
    return frozenset(
        name for index in indexes if _names(index)[:2] == ["tenant", newest_by] for name in index.include or ()
    )


@lru_cache(maxsize=256)
def ordering_fields(model: type[Model], newest_by: str) -> frozenset[str]:
    """Return the fields by which rows are read in order along an index: the list's own, and what rows belong to."""
    belongs = (names[1] for names, condition in _indexes(model) if condition is None)
    return frozenset({newest_by, *(name for name in belongs if model._meta.get_field(name).is_relation)})


def _indexes(model: type[Model]) -> Iterator[tuple[list[str], Q | None]]:
    """Yield the columns of each index that begins with the tenant, and its condition."""
    indexes: Sequence[Any] = [
        *model._meta.indexes,
        *(rule for rule in model._meta.constraints if isinstance(rule, UniqueConstraint)),
    ]
    for index in indexes:
        names = _names(index)
        if names[:1] == ["tenant"] and len(names) > 1:
            yield names, index.condition


def _names(index: Any) -> list[str]:
    return [name.lstrip("-") for name in index.fields]


def rows_to_look_through(
    narrowed: Sequence[Narrowing], ordering: Sequence[Any], *, model: type[Model], newest_by: str
) -> int | None:
    """Return how many of the newest rows a list may look through; None where an index leads to each of its pages."""
    first = ordering[0].lstrip("-") if ordering and isinstance(ordering[0], str) else None
    beyond = [one for one in narrowed if one.field != newest_by]
    if not beyond:
        return None if first in ordering_fields(model, newest_by) else LIST_DEPTH
    if first != newest_by:
        return LIST_DEPTH
    if len(beyond) == 1 and _is_served(beyond[0], model, newest_by):
        return None
    covered = {one.field for one in beyond} <= covered_fields(model, newest_by)
    return COVERED_DEPTH if covered else LIST_DEPTH


def _is_served(narrowing: Narrowing, model: type[Model], newest_by: str) -> bool:
    return narrowing.served or narrowing.field in served_fields(model, newest_by)


def depth_of(rows: Rows, narrowed: Sequence[Narrowing], *, newest_by: str, look_through: int) -> Depth | None:
    """Return where the newest `look_through` rows end, None when there are no more than that.

    `rows` are all of the city's. What an index leads to comes before the depth is measured: the newest rows of one
    status, or up to a day. One query, which reads the index alone where there is one.
    """
    chosen = next((one for one in narrowed if _is_served(one, rows.model, newest_by)), None)
    for one in narrowed:
        if one is chosen or one.field == newest_by:
            rows = one.apply(rows)
    bare = rows.select_related(None).prefetch_related(None).order_by(f"-{newest_by}")
    shown = "created_at" if newest_by == "id" else newest_by
    for bound, day in bare.values_list(newest_by, shown)[look_through - 1 : look_through]:
        return Depth(look_through, bound, day)
    return None
