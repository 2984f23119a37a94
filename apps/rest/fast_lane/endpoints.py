"""What the fast lane answers: which paths, from which cache entries, and with which documents."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from rest_framework.exceptions import ValidationError

from apps.core import clock
from apps.core.cache import tagged_get_or_set
from apps.core.flat import FlatList, Narrowed, count_rows, read_page, read_rows
from apps.core.keyset import InvalidCursor, NumberedPage
from apps.insights import tags as insights_tags
from apps.insights.selectors import dashboard, dashboard_key
from apps.issues import tags as issues_tags
from apps.reports import tags as reports_tags
from apps.rest.dashboard.views import DEFAULT_DAYS, days_of
from apps.rest.fast_lane.errors import LeaveLane
from apps.rest.fast_lane.parameters import ListQuery, chosen_names, read_list_query, read_query
from apps.rest.issues.document import INCLUDABLE, NAMES, IssueQuery, issue_document
from apps.rest.issues.flat import ISSUES
from apps.rest.pages import page_document
from apps.rest.reports.flat import REPORTS
from apps.rest.sla.flat import METRICS
from apps.sla import tags as sla_tags

Tag = Callable[[int], str]


class Endpoint(Protocol):
    """A kind of read."""

    @property
    def kind(self) -> str:
        """Whose TTL its entries have."""

    @property
    def sample_path(self) -> str:
        """A path of this kind."""

    def tags(self, tenant_id: int) -> list[str]:
        """Return what its answers depend on."""

    def question(self, path: str, query: str) -> Any:
        """Return what is asked, read from path and query string. Errors: LeaveLane."""

    def key(self, question: Any) -> str:
        """Return a text that is the same for the same question alone."""

    def document(self, tenant_id: int, question: Any) -> Any:
        """Return the answer. Errors: LeaveLane where there is none."""


@dataclass(frozen=True, slots=True)
class ListEndpoint:
    """A list, by cursor or by number."""

    flat: FlatList
    path: str
    own_tags: tuple[Tag, ...]
    kind: str = "lists"

    @property
    def sample_path(self) -> str:
        """The list's path."""
        return self.path

    def tags(self, tenant_id: int) -> list[str]:
        """Return the tags of the tables that the list reads."""
        return [tag(tenant_id) for tag in self.own_tags]

    def question(self, path: str, query: str) -> ListQuery:
        """Return what the list is asked for."""
        return read_list_query(self.flat, query)

    def key(self, question: ListQuery) -> str:
        """Return the list and its parameters, whatever their order."""
        return f"{self.path}?{question.query.normalised}"

    def document(self, tenant_id: int, question: ListQuery) -> dict[str, Any]:
        """Return one page."""
        whose = (tenant_id,)
        narrowed = question.narrowed(self.flat, whose)
        if question.page is not None:
            return self._numbered(tenant_id, question, narrowed)
        try:
            page = read_page(
                self.flat,
                whose=whose,
                names=question.names,
                narrowed=narrowed,
                ordering=question.ordering,
                cursor=question.cursor,
                page_size=question.page_size,
                scope=f"{tenant_id}|{self.path}|{question.query.scope}",
            )
        except InvalidCursor:
            raise LeaveLane from None
        return page_document(page, page.items)

    def _numbered(self, tenant_id: int, question: ListQuery, narrowed: Narrowed) -> dict[str, Any]:
        assert question.page is not None
        digest = hashlib.blake2b(f"{self.path}?{question.query.scope}".encode(), digest_size=16).hexdigest()
        total = tagged_get_or_set(
            key=f"total:{{{tenant_id}}}:{digest}",
            tags=self.tags(tenant_id),
            kind="statistics",
            compute=lambda: count_rows(self.flat, whose=(tenant_id,), narrowed=narrowed),
        )
        if question.page > max(-(-total // question.page_size), 1):
            raise LeaveLane
        items = read_rows(
            self.flat,
            whose=(tenant_id,),
            names=question.names,
            narrowed=narrowed,
            ordering=question.ordering,
            offset=(question.page - 1) * question.page_size,
            limit=question.page_size,
        )
        page = NumberedPage(items=items, total=total, page=question.page, page_size=question.page_size)
        return page_document(page, page.items)


class IssueEndpoint:
    """One issue, with the first page of its reports where they are asked for."""

    kind = "lists"
    sample_path = "/api/v1/issues/1/"
    _path = re.compile(r"/api/v1/issues/([1-9][0-9]{0,15})/")

    def tags(self, tenant_id: int) -> list[str]:
        """Return the tags of issues and of their reports."""
        return [issues_tags.issues(tenant_id), reports_tags.reports(tenant_id)]

    def question(self, path: str, query: str) -> tuple[int, IssueQuery]:
        """Return the issue's number and what is wanted of it."""
        found = self._path.fullmatch(path)
        sent = read_query(query)
        included = sent.one("include")
        if found is None or not sent.values.keys() <= {"fields", "include"} or included not in (None, *INCLUDABLE):
            raise LeaveLane
        return int(found[1]), IssueQuery(chosen_names(NAMES, sent), with_reports=included is not None)

    def key(self, question: tuple[int, IssueQuery]) -> str:
        """Return the number and what is wanted."""
        number, wanted = question
        return f"issue:{number}:{wanted.with_reports}:{','.join(wanted.names)}"

    def document(self, tenant_id: int, question: tuple[int, IssueQuery]) -> dict[str, Any]:
        """Return the issue."""
        number, wanted = question
        found = issue_document(tenant_id, number, wanted)
        if found is None:
            raise LeaveLane
        return found


class DashboardEndpoint:
    """The tenant's figures."""

    kind = "statistics"
    sample_path = "/api/v1/dashboard/"

    def tags(self, tenant_id: int) -> list[str]:
        """Return the tag of the tenant's figures."""
        return [insights_tags.dashboard(tenant_id)]

    def question(self, path: str, query: str) -> int:
        """Return how many days are asked for."""
        sent = read_query(query)
        if not sent.values.keys() <= {"days"}:
            raise LeaveLane
        text = sent.one("days")
        try:
            return days_of(str(DEFAULT_DAYS) if text is None else text)
        except ValidationError:
            raise LeaveLane from None

    def key(self, question: int) -> str:
        """Return the window and the moment's part of the day: the window moves when a day begins somewhere."""
        return f"dashboard:{dashboard_key(days=question, now=clock.now())}"

    def document(self, tenant_id: int, question: int) -> Any:
        """Return the figures."""
        return dashboard(tenant_id, days=question, now=clock.now())


_LISTS = (
    # A service's code is part of a report's row.
    ListEndpoint(REPORTS, "/api/v1/reports/", (reports_tags.reports, reports_tags.services)),
    ListEndpoint(ISSUES, "/api/v1/issues/", (issues_tags.issues,)),
    ListEndpoint(METRICS, "/api/v1/sla/metrics/", (sla_tags.sla,)),
)
_EXACT: dict[str, Endpoint] = {
    **{endpoint.path: endpoint for endpoint in _LISTS},
    DashboardEndpoint.sample_path: DashboardEndpoint(),
}
_ISSUE = IssueEndpoint()


def endpoint_of(path: str) -> Endpoint | None:
    """Return what answers to a path, None for paths that the fast lane does not know."""
    found = _EXACT.get(path)
    if found is None and path.startswith("/api/v1/issues/"):
        return _ISSUE
    return found
