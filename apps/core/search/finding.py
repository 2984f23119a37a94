"""Find the rows whose texts match, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, Expression, F, Func, QuerySet, Value

from apps.core.search.tables import SearchedTable

Rows = TypeVar("Rows", bound="QuerySet[Any]")
# How far a search of everything goes: the newest ten thousand. Nobody leafs through more; they add a word.
SEARCH_DEPTH = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of the newest matching rows, in no order; `complete` when no other row matches."""

    ids: list[int]
    complete: bool


def find_rows(searched: SearchedTable, text: str, *, wanted: int, starting: datetime | None = None) -> Found:
    """Return the newest `wanted` of the active tenant's rows that match, fewer only when there are no more.

    `text` is read as websearch_to_tsquery does: words, "phrases", -exclusions, `or`. Stop words alone match nothing.
    `starting` leaves out what is newer. One query; some milliseconds whether one row in a million matches or all.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_call(searched)}", [text, wanted, starting])
        ids: list[int] = cursor.fetchone()[0]
    return Found(ids=ids, complete=len(ids) < wanted)


def narrow_to_matches(
    queryset: Rows, searched: SearchedTable, text: str, *, rows: int, starting: datetime | None = None
) -> Rows:
    """Keep the rows that match, enough of them for a list of `rows` rows from the newest (or `starting`) on.

    What else narrows the queryset may leave few of the newest matches over: then more of them are asked for, as many
    as the share left over suggests, in the end the newest SEARCH_DEPTH. Queries: two for each try, of which there are
    seldom more than two; none with `rows` of SEARCH_DEPTH, where the search is part of the list's own statement.
    """
    older = {f"{searched.at}__lt": starting} if starting else {}
    wanted = rows
    while wanted < SEARCH_DEPTH:
        found = find_rows(searched, text, wanted=wanted, starting=starting)
        kept = queryset.filter(_Among(Value(found.ids, output_field=_IDS)))
        left = rows if found.complete else kept.filter(**older).order_by()[:rows].count()
        if left == rows:
            return kept
        wanted = max(2 * wanted * rows // left, 4 * wanted) if left else SEARCH_DEPTH
    return queryset.filter(_Among(_Search(searched, text, starting)))


_IDS: "ArrayField[Any, Any]" = ArrayField(BigIntegerField())


class _Among(Func):
    """`pk = ANY(array)`: thousands of ids as one value, where IN would write and read each."""

    output_field = BooleanField()
    template = "%(expressions)s"
    arg_joiner = " = "

    def __init__(self, ids: Expression) -> None:
        super().__init__(F("pk"), Func(ids, function="ANY", output_field=_IDS))


class _Search(Expression):
    """The search itself, as an array of ids."""

    def __init__(self, searched: SearchedTable, text: str, starting: datetime | None) -> None:
        super().__init__(output_field=_IDS)
        self.searched, self.text, self.starting = searched, text, starting

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return f"(SELECT {_call(self.searched)})::bigint[]", (self.text, SEARCH_DEPTH, self.starting)


def search_condition(searched: SearchedTable, row: str = "row") -> str:
    """Return the condition that a row is among the newest SEARCH_DEPTH that match: SQL over `row` with %s, the text.

    A sub-select, so that the planner does not run the search to guess at its result. Any plan does, a generic one too.
    """
    return f"{row}.id = ANY((SELECT {_call(searched, wanted=str(SEARCH_DEPTH), starting='NULL')})::bigint[])"


def _call(searched: SearchedTable, *, wanted: str = "%s", starting: str = "%s") -> str:
    tenant = "nullif(current_setting('app.tenant', true), '')::bigint"
    query = f"websearch_to_tsquery(search_configuration({tenant}), %s)"
    return f"{searched.function}({query}, {wanted}, {starting}::timestamptz)"
