"""Keep the figures current: mark the days that a change touches, count the marked days again."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction

from apps.core import clock
from apps.core.events import publish
from apps.core.postgresql.prepared import prepared_rows
from apps.insights import counting
from apps.insights.events import RollupsMarked, RollupsRefreshed
from apps.tenants.models import Tenant

MARKS_PER_REFRESH = 50_000
# Days of one statement of a rebuild: each stays far below the statement time-out however large the tenant.
REBUILD_DAYS = 400


@dataclass(frozen=True)
class Refresh:
    """What a refresh did: days counted again, and daily rollups that were not as they are now."""

    days: int
    rows: int


@dataclass(frozen=True)
class Rebuild:
    """What a rebuild did: days counted, rows now standing for them, and what was wrong.

    `wrong_days` had figures that neither the raw rows nor a waiting mark explain; `wrong_sums` counts the months and
    counts of open issues that did not agree with their days.
    """

    days: int
    wrong_days: tuple[date, ...]
    wrong_sums: int

    @property
    def is_exact(self) -> bool:
        """Whether the figures kept step by step were those of the raw rows."""
        return not self.wrong_days and not self.wrong_sums


@dataclass
class _Gathered:
    """What a block of changes touches in one tenant."""

    report_ids: set[int] = field(default_factory=set)
    issue_ids: set[int] = field(default_factory=set)
    moments: set[datetime] = field(default_factory=set)


_gathered: ContextVar[dict[int, _Gathered] | None] = ContextVar("gathered_rollup_marks", default=None)


@contextmanager
def marks_gathered() -> Iterator[None]:
    """Mark all that the block's changes touch at its end, in one statement a tenant; inside another such block, at its.

    For changes of one transaction that announce each other, as an issue's opening does its clocks'. Where the block
    fails nothing is marked: what it wrote must be undone with it.
    """
    if _gathered.get() is not None:
        yield
        return
    touched: dict[int, _Gathered] = {}
    token = _gathered.set(touched)
    try:
        yield
    finally:
        _gathered.reset(token)
    for tenant_id, marks in touched.items():
        _mark(tenant_id, marks)


def mark_report_days(*, tenant_id: int, report_ids: list[int]) -> None:
    """Mark the local days on which these reports were received. One statement."""
    with marks_gathered():
        _of(tenant_id).report_ids.update(report_ids)


def mark_issue_days(*, tenant_id: int, issue_ids: list[int], moments: list[datetime] | None = None) -> None:
    """Mark the local days on which these issues count, and those of `moments` that no longer hold. One statement."""
    with marks_gathered():
        marks = _of(tenant_id)
        marks.issue_ids.update(issue_ids)
        marks.moments.update(moments or [])


def _of(tenant_id: int) -> _Gathered:
    touched = _gathered.get()
    assert touched is not None
    return touched.setdefault(tenant_id, _Gathered())


_MARK = """
WITH waiting AS (SELECT EXISTS (SELECT 1 FROM rollup_marks WHERE tenant_id = %s) AS found), marked AS (
    INSERT INTO rollup_marks (tenant_id, created_at, day)
    SELECT DISTINCT t.id, now(), (touched.at AT TIME ZONE t.timezone)::date FROM tenants t, (
        SELECT r.received_at FROM reports r WHERE r.tenant_id = %s AND r.id = ANY(%s::bigint[])
        UNION ALL SELECT unnest(ARRAY[i.first_report_at, i.resolved_at]) FROM issues i
            WHERE i.tenant_id = %s AND i.id = ANY(%s::bigint[])
        UNION ALL SELECT m.started_at FROM sla_metrics m WHERE m.tenant_id = %s AND m.issue_id = ANY(%s::bigint[])
        UNION ALL SELECT unnest(%s::timestamptz[])
    ) AS touched (at)
    WHERE t.id = %s AND touched.at IS NOT NULL RETURNING day
)
SELECT (SELECT found FROM waiting), count(*) FROM marked
"""


def _mark(tenant_id: int, marks: _Gathered) -> None:
    issue_ids = sorted(marks.issue_ids)
    if not (marks.report_ids or issue_ids or marks.moments):
        return
    ((waiting, marked),) = prepared_rows(
        _MARK,
        [
            *(tenant_id, tenant_id, sorted(marks.report_ids), tenant_id, issue_ids, tenant_id, issue_ids),
            *(sorted(marks.moments), tenant_id),
        ],
    )
    if marked:
        publish(RollupsMarked(tenant_id=tenant_id, first=not waiting))


def refresh_rollups(*, tenant_id: int, now: datetime | None = None) -> Refresh:
    """Count the marked days of a tenant again, then what is summed from them; nothing when no day is marked.

    One refresh of a tenant at a time. The marks go in the same transaction, so that a crash leaves them standing.
    Queries: seven, whatever the tenant holds; rows read are those of the marked days, and the rollups above them.
    """
    with transaction.atomic():
        counting.lock(tenant_id)
        days = counting.take_marks(tenant_id, MARKS_PER_REFRESH)
        if not days:
            return Refresh(days=0, rows=0)
        changed = counting.replace_days(tenant_id, _zone(tenant_id), days)
        counting.replace_sums(tenant_id, days)
        _finish(tenant_id, now or clock.now())
        return Refresh(days=len(days), rows=len(changed))


def rebuild_rollups(*, tenant_id: int, now: datetime | None = None) -> Rebuild:
    """Count every day of a tenant again from the raw rows, and tell what differed from the figures kept so far.

    What waits for a recount is counted first: being behind is no difference.
    """
    with transaction.atomic():
        refresh_rollups(tenant_id=tenant_id, now=now)
        counting.lock(tenant_id)
        span = counting.span(tenant_id)
        found = _count_everything(tenant_id, span) if span is not None else Rebuild(0, (), 0)
        _finish(tenant_id, now or clock.now())
        return found


def check_rollups(*, tenant_id: int) -> Rebuild:
    """Tell what a rebuild would find, and change nothing."""
    with transaction.atomic():
        found = rebuild_rollups(tenant_id=tenant_id)
        transaction.set_rollback(True)
    return found


def _count_everything(tenant_id: int, span: counting.Span) -> Rebuild:
    zone, wrong = _zone(tenant_id), set[date]()
    days = [span.first + timedelta(days=offset) for offset in range((span.last - span.first).days + 1)]
    for start in range(0, len(days), REBUILD_DAYS):
        wrong.update(counting.replace_days(tenant_id, zone, days[start : start + REBUILD_DAYS]))
    wrong_sums = counting.replace_sums(tenant_id, days)
    # Committed by others since the refresh: already counted here, and counted again when their marks are taken.
    behind = counting.marked_days(tenant_id)
    wrong -= behind
    return Rebuild(len(days), tuple(sorted(wrong)), wrong_sums if wrong or not behind else 0)


def _finish(tenant_id: int, now: datetime) -> None:
    counting.replace_totals(tenant_id, now)
    publish(RollupsRefreshed(tenant_id=tenant_id))


def _zone(tenant_id: int) -> str:
    zone: str = Tenant.objects.values_list("timezone", flat=True).get(pk=tenant_id)
    return zone
