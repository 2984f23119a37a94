"""How far back a list looks.

Only what an index leads to can be read page by page at any size. Every other filter and every other order means reading
all rows of the city, and nobody adds an index for each column of each list, for every index is paid for by every write.
So those look through the newest rows only, the list says how far back that goes, and a choice of days looks further.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.db.models import Model, Q, QuerySet, UniqueConstraint
from django.http import HttpRequest

# 200 pages of 50, as far as counting goes (counting.py). Ten thousand rows are read and sorted in 10 to 20 ms.
LIST_DEPTH = 10_000

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One thing that narrows a list: by which field, and how."""

    field: str
    apply: Callable[[Rows], Rows]


@dataclass(frozen=True, slots=True)
class Depth:
    """Where a list stops looking: the bound of the ordering field, and the day that people are told."""

    bound: Any
    day: date


def narrowings(changelist: Any, request: HttpRequest) -> list[Narrowing]:
    """Return what narrows a list, filters first; a filter that narrows by default says so by `narrows`."""
    known: set[str | None] = set()
    found: list[Narrowing] = []
    for spec in changelist.filter_specs:
        known.update(spec.expected_parameters())
        if getattr(spec, "narrows", bool(spec.used_parameters)):
            found.append(Narrowing(spec.field_path, _by_filter(spec, request)))
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
        yield Narrowing(name.partition("__")[0], lambda rows, condition=condition: rows.filter(condition))


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
def _ordering_fields(model: type[Model], newest_by: str) -> frozenset[str]:
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
        names = [name.lstrip("-") for name in index.fields]
        if names[:1] == ["tenant"] and len(names) > 1:
            yield names, index.condition


def reads_all(narrowed: list[Narrowing], ordering: Sequence[Any], *, model: type[Model], newest_by: str) -> bool:
    """Tell whether a list would have to read all rows: filtered by more than an index leads to, or in another order."""
    first = ordering[0].lstrip("-") if ordering and isinstance(ordering[0], str) else None
    beyond = {one.field for one in narrowed} - {newest_by}
    if not beyond <= served_fields(model, newest_by) or len(beyond) > 1:
        return True
    return first not in (_ordering_fields(model, newest_by) if not beyond else {newest_by})


def depth_of(rows: Rows, narrowed: list[Narrowing], *, newest_by: str) -> Depth | None:
    """Return where the newest LIST_DEPTH rows end, None when there are no more than that.

    `rows` are all of the city's. What an index leads to comes before the depth is measured: the newest rows of one
    status, or up to a day. One query, which reads the index alone where there is one.
    """
    served = served_fields(rows.model, newest_by)
    chosen = next((one for one in narrowed if one.field in served), None)
    for one in narrowed:
        if one is chosen or one.field == newest_by:
            rows = one.apply(rows)
    bare = rows.select_related(None).prefetch_related(None).order_by(f"-{newest_by}")
    shown = "created_at" if newest_by == "id" else newest_by
    for bound, day in bare.values_list(newest_by, shown)[LIST_DEPTH - 1 : LIST_DEPTH]:
        return Depth(bound, day)
    return None
