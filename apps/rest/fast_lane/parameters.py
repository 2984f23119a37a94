"""Query strings, read once: the same few are sent again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from django.conf import settings

from apps.core.flat import FlatList, Narrowed, NotReadable
from apps.rest.fast_lane.errors import LeaveLane
from apps.rest.filters import PAGING

# Longer ones are no list's; not worth a place in memory.
LONGEST_QUERY = 2_000
_STRUCTURE = PAGING | {"fields", "ordering"}


@dataclass(frozen=True, slots=True)
class Query:
    """Parameters as sent: the values of each, and the text that is the same whatever their order."""

    values: Mapping[str, tuple[str, ...]]
    normalised: str
    scope: str
    """The same without what pages: cursors hold for it."""

    def one(self, name: str) -> str | None:
        """Return the parameter's only value, None without it. Errors: LeaveLane when it is given twice."""
        found = self.values.get(name)
        if found is None:
            return None
        if len(found) > 1:
            raise LeaveLane
        return found[0]


@lru_cache(maxsize=8192)
def read_query(text: str) -> Query:
    """Return a query string's parameters. Errors: LeaveLane for one that is no plain list of names and values."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=30, errors="strict")
    except ValueError:
        raise LeaveLane from None
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        values[name] = (*values.get(name, ()), value)
    ordered = [(name, value) for name in sorted(values) for value in sorted(values[name])]
    scope = urlencode([pair for pair in ordered if pair[0] not in PAGING])
    return Query(values, normalised=urlencode(ordered), scope=scope)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list is asked for; `page` None: by cursor."""

    query: Query
    names: tuple[str, ...]
    ordering: str
    page_size: int
    page: int | None
    cursor: str
    filters: tuple[tuple[str, tuple[str, ...]], ...]

    def narrowed(self, flat: FlatList, whose: tuple[object, ...]) -> Narrowed:
        """Return the filters as SQL and values."""
        found = Narrowed()
        for name, texts in self.filters:
            try:
                found += flat.conditions[name].narrow(texts, whose)
            except NotReadable:
                raise LeaveLane from None
        return found


@lru_cache(maxsize=8192)
def read_list_query(flat: FlatList, text: str) -> ListQuery:
    """Return what a list is asked for. Errors: LeaveLane for anything that the list does not plainly know."""
    query = read_query(text)
    if not query.values.keys() <= _STRUCTURE | flat.conditions.keys() or "format" in query.values:
        raise LeaveLane
    ordering = query.one("ordering") or next(iter(flat.orderings))
    by_page = "page" in query.values
    if ordering not in flat.orderings or (by_page and "cursor" in query.values) or query.one("ordering") == "":
        raise LeaveLane
    largest = settings.PAGINATION_MAX_PAGE_SIZE if by_page else settings.PAGINATION_MAX_CURSOR_SIZE
    return ListQuery(
        query=query,
        names=chosen_names(flat.names, query),
        ordering=ordering,
        page_size=_number(query.one("page_size"), settings.PAGINATION_DEFAULT_PAGE_SIZE, largest),
        page=_number(query.one("page"), 1, 10**9) if by_page else None,
        cursor=query.one("cursor") or "",
        # Like django-filter, an empty filter is none.
        filters=tuple((name, texts) for name, texts in query.values.items() if name not in _STRUCTURE and any(texts)),
    )


def chosen_names(names: tuple[str, ...], query: Query) -> tuple[str, ...]:
    """Return the members that `fields=` asks for, all without it. Errors: LeaveLane for one that there is not."""
    text = query.one("fields")
    if text is None:
        return names
    wanted = set(text.split(","))
    if not wanted <= set(names):
        raise LeaveLane
    return tuple(name for name in names if name in wanted)


def _number(text: str | None, default: int, largest: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= largest):
        raise LeaveLane
    return int(text)
