"""Writes of grouping: place reports into issues, and let people correct it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core import clock
from apps.core.bulk import copy_insert
from apps.core.events import EVENT_IDS_MAX, publish
from apps.core.locks import hold_locks, retry_deadlocks
from apps.grouping.engine import Arrival, Decision, Placer
from apps.grouping.errors import MoveRefused, PlacesKeepChanging
from apps.grouping.events import ReportsPlaced
from apps.grouping.models import Placement, PlacementMethod
from apps.grouping.outcome import PLACEMENT_COLUMNS, absorption, by_issue, new_issue, placement_row
from apps.grouping.reading import (
    WaitingReport,
    arrival_of,
    cells_around,
    hold_joined_issues,
    lock_waiting_reports,
    read_candidates,
    read_choices,
)
from apps.grouping.rules import lock_parts
from apps.grouping.versions import CURRENT, Algorithm
from apps.issues.models import Issue
from apps.issues.services import Absorption, absorb_reports, open_issues, release_reports
from apps.reports.models import Report
from apps.reports.selectors import neighbour_cells
from apps.reports.services import ReportPlacement, assign_issues
from apps.tenants.models import User

# Between reading the candidates and locking those joined, staff may resolve one; then the batch is decided anew.
ATTEMPTS = 3


@dataclass(frozen=True)
class PlacementResult:
    """Counts of one call: reports placed, and of these the issues they opened."""

    placed: int = 0
    opened: int = 0


def place_reports(
    *, tenant_id: int, report_ids: list[int] | None = None, limit: int = EVENT_IDS_MAX, algorithm: Algorithm = CURRENT
) -> PlacementResult:
    """Give classified reports of the active tenant their issues, oldest first, 1,000 a transaction, up to `limit`.

    Without `report_ids` whatever waits is placed. Reports already placed, unclassified or being placed by another
    process are left alone, so calling again is harmless. Publishes ReportsPlaced once a transaction.
    Queries: 8 a transaction and what the bulk writes take; not growing with the reports.
    Errors: PlacesKeepChanging, after which nothing of that transaction is written.
    """
    placed = opened = 0
    while placed < limit:
        with transaction.atomic():
            size = min(limit - placed, EVENT_IDS_MAX)
            reports = lock_waiting_reports(tenant_id=tenant_id, report_ids=report_ids, limit=size)
            if not reports:
                break
            opened += _place_batch(tenant_id, reports, algorithm)
        placed += len(reports)
        if len(reports) < size:
            break
    return PlacementResult(placed=placed, opened=opened)


def _place_batch(tenant_id: int, reports: list[WaitingReport], algorithm: Algorithm) -> int:
    """Decide on a batch and store it; return how many issues it opened."""
    choices = read_choices()
    arrivals = [arrival_of(report, algorithm, choices) for report in reports]
    cells = cells_around(arrivals)
    # Before the candidates are read: who comes second sees what the first has opened.
    hold_locks(("place_reports", tenant_id, part) for part in lock_parts(cells))
    decisions = _decide(tenant_id, reports, arrivals, cells, algorithm)
    members = by_issue(reports, decisions)
    made = [key for key in members if key < 0]
    ids = open_issues(tenant_id=tenant_id, issues=[new_issue(members[key]) for key in made])
    issue_ids = {key: key for key in members} | dict(zip(made, ids, strict=True))
    absorb_reports(tenant_id=tenant_id, absorptions=[absorption(key, members[key]) for key in members if key > 0])
    _store(tenant_id, decisions, issue_ids, algorithm.version)
    return len(made)


def _decide(
    tenant_id: int, reports: list[WaitingReport], arrivals: list[Arrival], cells: list[int], algorithm: Algorithm
) -> list[Decision]:
    """Decide on a batch against issues that are then locked as they were read; raises PlacesKeepChanging."""
    for _ in range(ATTEMPTS):
        candidates = read_candidates(
            tenant_id=tenant_id, reports=reports, arrivals=arrivals, cells=cells, algorithm=algorithm
        )
        as_read = {candidate.key: candidate.resolved for candidate in candidates}
        placer = Placer(algorithm, neighbour_cells)
        for candidate in candidates:
            placer.know(candidate)
        decisions = [placer.place(arrival) for arrival in arrivals]
        if hold_joined_issues({decision.key: as_read[decision.key] for decision in decisions if decision.key > 0}):
            return decisions
    raise PlacesKeepChanging(f"tenant {tenant_id}: the issues around {len(reports)} reports changed {ATTEMPTS} times")


def _store(tenant_id: int, decisions: list[Decision], issue_ids: dict[int, int], version: str) -> None:
    now = clock.now()
    assign_issues(
        tenant_id=tenant_id,
        placements=[ReportPlacement(decision.report_id, issue_ids[decision.key]) for decision in decisions],
    )
    copy_insert(
        table="placements",
        columns=PLACEMENT_COLUMNS,
        rows=[
            placement_row(tenant_id=tenant_id, decision=decision, issue_ids=issue_ids, version=version, now=now)
            for decision in decisions
        ],
    )
    publish(
        ReportsPlaced(
            tenant_id=tenant_id,
            report_ids=[decision.report_id for decision in decisions],
            issue_ids=sorted(set(issue_ids.values())),
        )
    )


@retry_deadlocks
def move_report(*, tenant_id: int, report_id: int, issue_id: int, actor: User) -> Placement:
    """Move a report of the active tenant to another issue, as a person has decided; return the new placement.

    The old placement is kept, undone; the issue left counts one report less, and keeps its times. Publishes
    ReportsPlaced for both issues. Moving a report to where it is changes nothing.
    Errors: MoveRefused for an unknown report, a report not yet placed, an unknown or merged issue.
    """
    now = clock.now()
    with transaction.atomic():
        report = Report.objects.select_for_update().filter(pk=report_id).first()
        if report is None or report.issue_id is None:
            raise MoveRefused(f"report: there is no placed report with id {report_id}")
        # Both issues in the order of their ids: two opposite moves must not wait for each other.
        wanted = Issue.objects.filter(pk__in=[issue_id, report.issue_id]).order_by("pk").select_for_update()
        target = {issue.pk: issue for issue in wanted}.get(issue_id)
        if target is None or target.merged_into_id is not None:
            raise MoveRefused(f"issue: there is no unmerged issue with id {issue_id}")
        current = Placement.objects.filter(report=report, undone_at__isnull=True)
        if report.issue_id == issue_id:
            return current.get()
        current.update(undone_at=now)
        return _record_move(report, left=report.issue_id, issue_id=issue_id, actor=actor, now=now)


def _record_move(report: Report, *, left: int, issue_id: int, actor: User, now: datetime) -> Placement:
    tenant_id = report.tenant_id
    placement: Placement = Placement.objects.create(
        report=report, issue_id=issue_id, method=PlacementMethod.MANUAL, decided_by=actor, decided_at=now
    )
    closed_at = report.closed_at if report.historic and report.status == "closed" else None
    arriving = Absorption(
        issue_id=issue_id,
        report_count=1,
        first_report_at=report.received_at,
        last_report_at=report.received_at,
        severity=report.severity,
        any_open=closed_at is None,
        acknowledged_at=report.acknowledged_at,
        closed_at=closed_at,
    )
    assign_issues(tenant_id=tenant_id, placements=[ReportPlacement(report.pk, issue_id)])
    absorb_reports(tenant_id=tenant_id, absorptions=[arriving])
    release_reports(tenant_id=tenant_id, issue_id=left, report_count=1, actor=actor, now=now)
    publish(ReportsPlaced(tenant_id=tenant_id, report_ids=[report.pk], issue_ids=sorted([left, issue_id])))
    return placement
