"""The queries below the faces that run all day: what staff open, what sweeps look for, what figures are read from."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from apps.core import clock
from apps.core.named_queries import NamedQuery
from apps.grouping.selectors import current_placement, placements_of_issue, waiting_for_place
from apps.insights.selectors import dashboard
from apps.issues.models import Issue
from apps.issues.selectors import comments_of, issue_by_number, open_issue_count, timeline
from apps.pipeline.services import tenants_behind
from apps.reports.models import Report
from apps.reports.selectors import (
    newest_reports,
    report_by_public_id,
    reports_of_issue,
    reports_stored_since,
    standing_of_issues,
    untriaged_count,
)
from apps.sla.selectors import attainment, clocks_of, due_soon, running_clocks
from apps.sla.services import check_due_clocks
from apps.tenants.scoping import all_tenants
from apps.triage.selectors import classification_of, recent_batches, recent_corrections

# One that half of a city's reports hold, one that few do, and one that none does.
_NEWEST = ("-first_report_at", "-id")
_ROWS = 51
_SEARCHES = {"common": "street", "rare": "sinkhole", "absent": "zzyzx", "phrase": '"street light"'}


def _issue() -> Issue | None:
    found: Issue | None = Issue.objects.order_by("-first_report_at", "-id").first()
    return found


def _report() -> Report | None:
    found: Report | None = Report.objects.order_by("-received_at", "-id").first()
    return found


def _with_issue(read: Callable[[Issue], Any]) -> Callable[[int], Any]:
    def run(tenant_id: int) -> Any:
        issue = _issue()
        return read(issue) if issue is not None else None

    return run


def _with_report(read: Callable[[Report], Any]) -> Callable[[int], Any]:
    def run(tenant_id: int) -> Any:
        report = _report()
        return read(report) if report is not None else None

    return run


def _without_tenant(read: Callable[[], Any]) -> Callable[[int], Any]:
    def run(tenant_id: int) -> Any:
        with all_tenants("explain a query across tenants"):
            return read()

    return run


def _searching(model: type[Report] | type[Issue], text: str, **narrowed: str) -> Callable[[int], Any]:
    return lambda tenant_id: list(model.objects.filter(**narrowed).matching(text, rows=_ROWS))


def _searches() -> Iterator[NamedQuery]:
    for kind, text in _SEARCHES.items():
        yield NamedQuery(f"search reports, {kind}", _searching(Report, text))
        yield NamedQuery(f"search issues, {kind}", _searching(Issue, text))
    yield NamedQuery("search reports, filtered", _searching(Report, "street", severity="critical"))


def domain_queries() -> list[NamedQuery]:
    """Return the named queries of the apps below."""
    return [
        NamedQuery("reports, newest", lambda _: newest_reports()),
        NamedQuery("report by public id", _with_report(lambda each: report_by_public_id(each.public_id))),
        NamedQuery("report's classification", _with_report(lambda each: classification_of(each.pk))),
        NamedQuery("report's placement", _with_report(lambda each: current_placement(each.pk))),
        NamedQuery("reports of an issue", _with_issue(lambda each: reports_of_issue(each.pk))),
        NamedQuery("reports' issues as they stand", _with_report(lambda each: standing_of_issues([each.pk]))),
        NamedQuery("reports to triage", lambda _: untriaged_count()),
        NamedQuery("reports to place", lambda _: waiting_for_place()),
        NamedQuery("issue by number", _with_issue(lambda each: issue_by_number(each.number))),
        NamedQuery("issue's timeline", _with_issue(timeline)),
        NamedQuery("issue's comments", _with_issue(comments_of)),
        NamedQuery("issue's clocks", _with_issue(lambda each: clocks_of(each.pk, now=clock.now()))),
        NamedQuery("issue's placements", _with_issue(lambda each: placements_of_issue(each.pk))),
        NamedQuery("issues, open, counted", lambda _: open_issue_count()),
        NamedQuery("issues, open, newest", lambda _: list(Issue.objects.surviving().open().order_by(*_NEWEST)[:_ROWS])),
        NamedQuery("clocks, running", lambda _: running_clocks()),
        NamedQuery("metrics, due soon", lambda _: due_soon(before=clock.now() + timedelta(days=1))),
        NamedQuery("metrics, attainment", lambda _: attainment()),
        NamedQuery("metrics, attainment of a severity", lambda _: attainment(severity="critical")),
        NamedQuery("triage runs", lambda _: recent_batches()),
        NamedQuery("triage corrections", lambda _: recent_corrections()),
        NamedQuery("dashboard, 30 days", lambda tenant_id: dashboard(tenant_id, days=30)),
        NamedQuery("dashboard, a year", lambda tenant_id: dashboard(tenant_id, days=365)),
        NamedQuery("sweep: tenants behind", _without_tenant(tenants_behind)),
        NamedQuery("sweep: due clocks", _without_tenant(lambda: check_due_clocks(now=clock.now()))),
        NamedQuery(
            "metrics page: intake",
            _without_tenant(lambda: reports_stored_since(clock.now() - timedelta(minutes=5))),
        ),
        *_searches(),
    ]
