"""Who reacts to what happened, in order: the one list.

Every handler runs in the transaction that published the event. What may wait is queued for after the commit.
"""

from typing import Any

from apps.core import clock
from apps.core.cache import bump_tags
from apps.grouping.events import ReportsPlaced
from apps.insights import services as insights
from apps.insights import tags as insights_tags
from apps.insights.events import RollupsMarked, RollupsRefreshed
from apps.issues import services as issues
from apps.issues import tags as issues_tags
from apps.issues.events import (
    DepartmentsChanged,
    IssuesAbsorbed,
    IssuesEdited,
    IssuesMoved,
    IssuesOpened,
    IssuesReclassified,
    IssueWordsChanged,
)
from apps.issues.models import OPEN_STATUSES
from apps.pipeline import steps
from apps.pipeline.queueing import queue_after_commit
from apps.reports import services as reports
from apps.reports import tags as reports_tags
from apps.reports.events import (
    ReportsChangedAtSource,
    ReportsClassified,
    ReportsStored,
    ReportWordsChanged,
    ServicesChanged,
)
from apps.reports.selectors import standing_of_issues
from apps.sla import services as sla
from apps.sla import tags as sla_tags
from apps.sla.events import ClocksChanged
from apps.tenants.events import PeopleChanged, TenantCreated


def give_defaults(event: TenantCreated) -> None:
    """A new tenant gets services, policies and a calendar."""
    reports.create_default_services(tenant_id=event.tenant_id)
    sla.create_default_policies(tenant_id=event.tenant_id)


def queue_triage(event: ReportsStored) -> None:
    """New reports wait for triage."""
    queue_after_commit(steps.TRIAGE, event.tenant_id)


def queue_grouping(event: ReportsClassified) -> None:
    """Classified reports wait for their issue."""
    queue_after_commit(steps.GROUP, event.tenant_id)


def follow_source(event: ReportsChangedAtSource) -> None:
    """An issue made of imported reports stands where they stand."""
    standings = standing_of_issues(event.report_ids)
    issues.follow_reports(
        tenant_id=event.tenant_id,
        standings=[issues.Standing(s.issue_id, s.any_open, s.acknowledged_at, s.closed_at) for s in standings],
    )
    bump_tags([reports_tags.reports(event.tenant_id)])


def mark_reports(event: ReportsStored | ReportsClassified) -> None:
    """The days of these reports count anew."""
    insights.mark_report_days(tenant_id=event.tenant_id, report_ids=event.report_ids)
    bump_tags([reports_tags.reports(event.tenant_id)])


def start_clocks(event: IssuesOpened) -> None:
    """Clocks run from the moment that an issue exists."""
    # What the clocks announce is about the same issues: marked once, at the end of the block. So below, too.
    with insights.marks_gathered():
        sla.start_clocks(tenant_id=event.tenant_id, issue_ids=event.issue_ids, now=clock.now())
        mark_issues(event)


def mark_issues(event: IssuesOpened | IssuesReclassified | ClocksChanged) -> None:
    """The days of these issues count anew."""
    insights.mark_issue_days(tenant_id=event.tenant_id, issue_ids=event.issue_ids)
    bump_tags([issues_tags.issues(event.tenant_id), sla_tags.sla(event.tenant_id)])


def follow_absorbed(event: IssuesAbsorbed) -> None:
    """More reports can mean an earlier start, a higher severity or, for imported ones, another resolution."""
    with insights.marks_gathered():
        sla.rematch_clocks(tenant_id=event.tenant_id, issue_ids=event.issue_ids, now=clock.now())
        insights.mark_issue_days(tenant_id=event.tenant_id, issue_ids=event.issue_ids, moments=event.moments)
    bump_tags([issues_tags.issues(event.tenant_id), sla_tags.sla(event.tenant_id)])


def rematch_clocks(event: IssuesReclassified) -> None:
    """Another severity or category has another target."""
    with insights.marks_gathered():
        sla.rematch_clocks(tenant_id=event.tenant_id, issue_ids=event.issue_ids, now=clock.now())
        mark_issues(event)


def follow_moves(event: IssuesMoved) -> None:
    """A move stops, pauses or restarts clocks, closes or opens the reports, and changes what counts on which day."""
    with insights.marks_gathered():
        sla.apply_status_changes(tenant_id=event.tenant_id, changes=event.changes)
        insights.mark_issue_days(
            tenant_id=event.tenant_id,
            issue_ids=[change.issue_id for change in event.changes],
            moments=[change.resolved_before for change in event.changes if change.resolved_before],
        )
    resolved = [change for change in event.changes if change.after not in OPEN_STATUSES]
    reopened = [c for c in event.changes if c.after in OPEN_STATUSES and c.before not in OPEN_STATUSES]
    if resolved:
        ids = [change.issue_id for change in resolved]
        reports.close_reports(tenant_id=event.tenant_id, issue_ids=ids, now=resolved[0].at)
    if reopened:
        ids = [change.issue_id for change in reopened]
        reports.reopen_reports(tenant_id=event.tenant_id, issue_ids=ids, now=reopened[0].at)
    bump_tags(
        [issues_tags.issues(event.tenant_id), sla_tags.sla(event.tenant_id), reports_tags.reports(event.tenant_id)]
    )


def settle_placed(event: ReportsPlaced) -> None:
    """A report that waited while its issue was resolved is closed with it."""
    reports.settle_reports(tenant_id=event.tenant_id, report_ids=event.report_ids)


def bump_placed(event: ReportsPlaced) -> None:
    """Lists show which issue a report belongs to."""
    bump_tags([reports_tags.reports(event.tenant_id), issues_tags.issues(event.tenant_id)])


def bump_issues(event: IssuesEdited) -> None:
    """Lists show who works on an issue."""
    bump_tags([issues_tags.issues(event.tenant_id)])


def bump_named(event: DepartmentsChanged | PeopleChanged) -> None:
    """Issues show the names of who works on them."""
    tenant_ids = [event.tenant_id] if isinstance(event, DepartmentsChanged) else event.tenant_ids
    bump_tags([issues_tags.issues(tenant_id) for tenant_id in tenant_ids])


def bump_searches(event: ReportWordsChanged | IssueWordsChanged) -> None:
    """Searches find what they did not find before, and stand under the tag of their list."""
    tag = reports_tags.reports if isinstance(event, ReportWordsChanged) else issues_tags.issues
    bump_tags([tag(event.tenant_id)])


def bump_services(event: ServicesChanged) -> None:
    """Forms and lists show the services."""
    bump_tags([reports_tags.services(event.tenant_id)])


def queue_refresh(event: RollupsMarked) -> None:
    """Marked days wait for a recount; dashboards say so from the first of them on."""
    queue_after_commit(steps.ROLL_UP, event.tenant_id)
    if event.first:
        bump_tags([insights_tags.dashboard(event.tenant_id)])


def bump_dashboard(event: RollupsRefreshed) -> None:
    """Dashboards show the new figures."""
    bump_tags([insights_tags.dashboard(event.tenant_id)])


REACTIONS: list[tuple[type[Any], list[Any]]] = [
    (TenantCreated, [give_defaults]),
    (PeopleChanged, [bump_named]),
    (DepartmentsChanged, [bump_named]),
    (ServicesChanged, [bump_services]),
    (ReportWordsChanged, [bump_searches]),
    (IssueWordsChanged, [bump_searches]),
    (ReportsStored, [mark_reports, queue_triage]),
    (ReportsClassified, [mark_reports, queue_grouping]),
    (ReportsChangedAtSource, [follow_source]),
    (ReportsPlaced, [settle_placed, bump_placed]),
    (IssuesOpened, [start_clocks]),
    (IssuesAbsorbed, [follow_absorbed]),
    (IssuesMoved, [follow_moves]),
    (IssuesEdited, [bump_issues]),
    (IssuesReclassified, [rematch_clocks]),
    (ClocksChanged, [mark_issues]),
    (RollupsMarked, [queue_refresh]),
    (RollupsRefreshed, [bump_dashboard]),
]
