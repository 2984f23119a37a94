"""The lists by name, as explain_query looks at them: first page, deep, oldest first, and by each filter."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from apps.core import clock
from apps.core.flat import FlatList, Narrowed, count_rows, read_page
from apps.core.named_queries import NamedQuery
from apps.issues.models import Category, IssueStatus, Severity
from apps.reports.models import Channel, ReportStatus
from apps.rest.issues.flat import ISSUES
from apps.rest.reports.flat import REPORTS
from apps.rest.sla.flat import METRICS
from apps.sla.models import Outcome, RunState

Filters = dict[str, list[str]]
_PAGE = 50


def list_queries() -> Iterator[NamedQuery]:
    """Yield a query for each way into each list; filters take a common value and one that few rows have."""
    # A year back: the middle of the demo's two years.
    moment = (clock.now() - timedelta(days=365)).isoformat()
    words = {"category": Category.values, "severity": Severity.values}
    yield from _queries("reports", REPORTS, words | {"status": ReportStatus.values, "channel": Channel.values})
    yield from _queries("issues", ISSUES, words | {"status": IssueStatus.values, "open": ["true", "false"]})
    outcomes = {"response_outcome": Outcome.values, "resolution_outcome": Outcome.values, "state": RunState.values}
    yield from _queries("metrics", METRICS, words | outcomes)
    for name, flat, filters in (
        ("reports before a time", REPORTS, {"received_before": [moment]}),
        ("reports critical and of one category", REPORTS, {"severity": ["critical"], "category": ["other"]}),
        ("issues of a department without any", ISSUES, {"department": ["9007199254740992"]}),
        ("issues of an assignee without any", ISSUES, {"assignee": ["9007199254740992"]}),
        ("issues open and critical", ISSUES, {"open": ["true"], "severity": ["critical"]}),
        ("metrics started before a time", METRICS, {"started_before": [moment]}),
    ):
        yield NamedQuery(f"list: {name}", partial(_page, flat, filters))


def _queries(name: str, flat: FlatList, words: dict[str, list[str]]) -> Iterator[NamedQuery]:
    newest, oldest = list(flat.orderings)[:2]
    yield NamedQuery(f"list: {name}, newest", partial(_page, flat, {}))
    yield NamedQuery(f"list: {name}, oldest", partial(_page, flat, {}, ordering=oldest))
    yield NamedQuery(f"list: {name}, the third page", partial(_third_page, flat, ordering=newest))
    for parameter, values in words.items():
        for value in values:
            filters = {parameter: [value]}
            yield NamedQuery(f"list: {name}, {parameter}={value}", partial(_page, flat, filters))
        yield NamedQuery(f"list: {name}, {parameter}={values[0]}, counted", _counting(flat, {parameter: [values[0]]}))


def _page(flat: FlatList, filters: Filters, tenant_id: int, *, ordering: str = "", cursor: str = "") -> Any:
    return read_page(
        flat,
        whose=(tenant_id,),
        names=flat.names,
        narrowed=_narrowed(flat, filters, tenant_id),
        ordering=ordering or next(iter(flat.orderings)),
        cursor=cursor,
        page_size=_PAGE,
        scope="named",
    )


def _third_page(flat: FlatList, tenant_id: int, *, ordering: str) -> Any:
    page = _page(flat, {}, tenant_id, ordering=ordering)
    for _ in range(2):
        if page.next is not None:
            page = _page(flat, {}, tenant_id, ordering=ordering, cursor=page.next)
    return page


def _counting(flat: FlatList, filters: Filters) -> Callable[[int], Any]:
    return lambda tenant_id: count_rows(flat, whose=(tenant_id,), narrowed=_narrowed(flat, filters, tenant_id))


def _narrowed(flat: FlatList, filters: Filters, tenant_id: int) -> Narrowed:
    narrowed = Narrowed()
    for name, texts in filters.items():
        narrowed += flat.conditions[name].narrow(texts, (tenant_id,))
    return narrowed
