"""Start clocks and keep them true to what happens to their issues.

Every function here reads the issues, their clocks and their history, replays in memory and writes the difference by
COPY: a handful of queries for any number of issues. All may run twice; the second time changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from apps.core import clock
from apps.core.events import chunks, publish
from apps.issues.events import IssueStatusChange
from apps.issues.models import Issue
from apps.sla.events import ClocksChanged
from apps.sla.measuring import IssueFacts, moves_of_change
from apps.sla.models import SLAMetric
from apps.sla.replay import Move
from apps.sla.rules import Metric
from apps.sla.selectors import learn_calendars, promise_book
from apps.sla.services.batch import Batch, ClockKey, stored_clocks
from apps.sla.services.rows import write_again, write_new
from apps.tenants.scoping import tenant_scope

# Issues measured in one transaction: some megabytes of rows, and locks held for a second at most.
BATCH_ISSUES = 10_000
ALL = Q()


@dataclass(frozen=True)
class ClocksWritten:
    """How many issues were measured, and how many clocks were made or changed."""

    issues: int
    clocks: int


def start_clocks(*, tenant_id: int, issue_ids: Sequence[int], now: datetime | None = None) -> ClocksWritten:
    """Start the clocks of issues that have none, from their first report on.

    What has already happened, live or in an import, is decided at once by the issues' own times. Issues merged into
    others, issues that no policy matches and issues with clocks are left alone.
    Queries: a fixed number a batch of BATCH_ISSUES. Errors: CalendarHorizonExceeded, nothing of the batch written.
    """

    def start(ids: Sequence[int], moment: datetime) -> ClocksWritten:
        facts = _facts(ids, Q(~Exists(SLAMetric.objects.filter(issue=OuterRef("pk")))))
        if not facts:
            return ClocksWritten(0, 0)
        batch = Batch(tenant_id, moment, promise_book())
        for issue in facts:
            batch.measure(issue)
        return _published(batch, write_new(batch.clocks, batch.metrics, batch.events))

    return _in_batches(tenant_id, issue_ids, now, start)


def apply_status_changes(
    *, tenant_id: int, changes: Sequence[IssueStatusChange], now: datetime | None = None
) -> ClocksWritten:
    """Move the clocks of issues whose status changed: stop, pause, resume, reopen; missing clocks are started.

    Call it in the transaction that changed the issues. Repeated, late and back-dated news is harmless. The present is
    the latest change's moment unless `now` says otherwise: what passed since then is the sweep's to notice.
    Queries: a fixed number a batch.
    """
    fresh: dict[ClockKey, list[Move]] = defaultdict(list)
    for change in changes:
        for metric in Metric:
            fresh[change.issue_id, metric].extend(moves_of_change(change, metric))
    moment = now or max((change.at for change in changes), default=None)
    return _measured_again(tenant_id, [change.issue_id for change in changes], moment, fresh=fresh)


def rematch_clocks(*, tenant_id: int, issue_ids: Sequence[int], now: datetime | None = None) -> ClocksWritten:
    """Hold issues to the promise that their category and severity now have; all that recompute_clocks does, too.

    Running clocks keep the time used and count the rest anew from `now`; stopped ones stay as they are; historic issues
    are measured from their start as if they had always been so. Without a matching policy the old promise stands.
    """
    return _measured_again(tenant_id, issue_ids, now, rematch=True)


def recompute_clocks(*, tenant_id: int, issue_ids: Sequence[int], now: datetime | None = None) -> ClocksWritten:
    """Replay clocks from their history and their issues' present times, and write what comes out differently.

    For issues whose times changed with further reports, and to repair. Promises stay; missing clocks are started.
    """
    return _measured_again(tenant_id, issue_ids, now)


def _measured_again(
    tenant_id: int,
    issue_ids: Iterable[int],
    now: datetime | None,
    *,
    fresh: dict[ClockKey, list[Move]] | None = None,
    rematch: bool = False,
) -> ClocksWritten:
    happened = defaultdict(list) if fresh is None else fresh

    def measure_again(ids: Sequence[int], moment: datetime) -> ClocksWritten:
        stored, book = stored_clocks(ids), promise_book()
        learn_calendars(book, {calendar_id for each in stored.values() for calendar_id in each.calendar_ids()})
        batch = Batch(tenant_id, moment, book, stored, happened)
        for issue in _facts(ids):
            batch.measure(issue, rematch=rematch)
        return _published(batch, write_again(batch.clocks, batch.metrics, batch.events))

    return _in_batches(tenant_id, issue_ids, now, measure_again)


def _in_batches(
    tenant_id: int,
    issue_ids: Iterable[int],
    now: datetime | None,
    step: Callable[[Sequence[int], datetime], ClocksWritten],
) -> ClocksWritten:
    ids, moment = sorted(set(issue_ids)), now or clock.now()
    issues = clocks = 0
    with tenant_scope(tenant_id):
        for start in range(0, len(ids), BATCH_ISSUES):
            with transaction.atomic():
                written = step(ids[start : start + BATCH_ISSUES], moment)
            issues, clocks = issues + written.issues, clocks + written.clocks
    return ClocksWritten(issues, clocks)


def _facts(issue_ids: Sequence[int], only: Q = ALL) -> list[IssueFacts]:
    issues = Issue.objects.filter(only, pk__in=issue_ids, merged_into__isnull=True)
    return list(map(IssueFacts._make, issues.order_by("pk").values_list(*IssueFacts._fields)))


def _published(batch: Batch, clocks: int) -> ClocksWritten:
    if clocks:
        for part in chunks(batch.issue_ids):
            publish(ClocksChanged(tenant_id=batch.tenant_id, issue_ids=part))
    return ClocksWritten(len(batch.issue_ids), clocks)
