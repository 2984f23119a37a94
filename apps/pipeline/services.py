"""Work through what is behind, step by step; used by the tasks, the sweeps and the commands."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from apps.grouping.services import place_reports
from apps.insights.models import RollupMark
from apps.insights.services import refresh_rollups
from apps.issues.selectors import tenants_with_unread_issues
from apps.issues.services import fill_issue_words
from apps.pipeline import steps
from apps.reports.models import Report
from apps.reports.selectors import tenants_with_unread_reports
from apps.reports.services import fill_report_words
from apps.tenants.scoping import all_tenants, tenant_scope
from apps.triage.services import triage_reports

TRIAGE_BATCH = 1_000
GROUP_BATCH = 1_000
# Tells how much of a step is done: (step, reports or days so far).
Progress = Callable[[str, int], None]


@dataclass
class Backlog:
    """How far a tenant's backlog was worked off: counts, and the seconds each step took."""

    classified: int = 0
    placed: int = 0
    days: int = 0
    read: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def _silent(step: str, done: int) -> None:
    """Report progress to nobody."""


def triage_backlog(*, tenant_id: int, progress: Progress = _silent) -> int:
    """Triage a tenant's waiting reports until none is left; return how many were classified."""
    done = 0
    with tenant_scope(tenant_id):
        while (batch := triage_reports(tenant_id=tenant_id, limit=TRIAGE_BATCH)).claimed:
            done += batch.written
            progress(steps.TRIAGE, done)
    return done


def group_backlog(*, tenant_id: int, progress: Progress = _silent) -> int:
    """Place a tenant's classified reports until none is left; return how many were placed."""
    done = 0
    with tenant_scope(tenant_id):
        while batch := place_reports(tenant_id=tenant_id, limit=GROUP_BATCH).placed:
            done += batch
            progress(steps.GROUP, done)
    return done


def roll_up_backlog(*, tenant_id: int, progress: Progress = _silent) -> int:
    """Count a tenant's marked days until none is left; return how many were counted."""
    done = 0
    with tenant_scope(tenant_id):
        while batch := refresh_rollups(tenant_id=tenant_id).days:
            done += batch
            progress(steps.ROLL_UP, done)
    return done


def read_words_backlog(*, tenant_id: int) -> int:
    """Read a tenant's new and changed texts for search until none is left; return how many rows were read."""
    done = 0
    with tenant_scope(tenant_id):
        for fill in (fill_report_words, fill_issue_words):
            while (filled := fill(tenant_id=tenant_id)).marks:
                done += filled.rows
    return done


def process_backlog(*, tenant_id: int, progress: Progress = _silent) -> Backlog:
    """Take a tenant's reports all the way: triage, group with clocks, roll up, search. Safe beside running workers."""
    backlog = Backlog()
    started = time.perf_counter()
    backlog.classified = triage_backlog(tenant_id=tenant_id, progress=progress)
    triaged = time.perf_counter()
    backlog.placed = group_backlog(tenant_id=tenant_id, progress=progress)
    grouped = time.perf_counter()
    backlog.days = roll_up_backlog(tenant_id=tenant_id, progress=progress)
    rolled_up = time.perf_counter()
    backlog.read = read_words_backlog(tenant_id=tenant_id)
    backlog.seconds = {
        steps.TRIAGE: triaged - started,
        steps.GROUP: grouped - triaged,
        steps.ROLL_UP: rolled_up - grouped,
        steps.READ_WORDS: time.perf_counter() - rolled_up,
    }
    return backlog


def tenants_behind() -> dict[str, list[int]]:
    """Return the tenants that each step has work for. Five queries across tenants, on what is behind alone."""
    with all_tenants("find what is behind"):
        return {
            steps.TRIAGE: _tenants(Report.all_tenants.exclude(triage_state="done")),
            steps.GROUP: _tenants(Report.all_tenants.filter(triage_state="done", issue__isnull=True)),
            steps.ROLL_UP: _tenants(RollupMark.all_tenants.all()),
            steps.READ_WORDS: sorted({*tenants_with_unread_reports(), *tenants_with_unread_issues()}),
        }


def _tenants(rows: QuerySet[Any]) -> list[int]:
    return sorted(rows.order_by().values_list("tenant_id", flat=True).distinct())
