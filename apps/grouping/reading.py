"""What a batch needs from the database: its reports, locked, and the issues that they may join, in one query each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from apps.grouping.engine import Arrival, Candidate
from apps.grouping.rules import GroupingChoices
from apps.grouping.versions import Algorithm, Traits
from apps.issues.models import Issue
from apps.reports.selectors import neighbour_cells
from apps.tenants.models import TenantConfiguration


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A classified report without an issue, as it stands in the table."""

    id: int
    description: str
    category: str
    severity: str
    status: str
    lat: float | None
    lng: float | None
    cell: int | None
    address: str
    received_at: datetime
    acknowledged_at: datetime | None
    closed_at: datetime | None
    historic: bool
    service_code: str
    service_name: str


# Locked and skipping what others hold: a report is placed by one process. Oldest first, as the partial index has them.
_WAITING = """
SELECT r.id, r.description, r.category, r.severity, r.status, r.lat, r.lng, r.cell, r.address, r.received_at,
       r.acknowledged_at, r.closed_at, r.historic, coalesce(s.code, ''), coalesce(s.name, '')
FROM reports r LEFT JOIN services s ON s.tenant_id = r.tenant_id AND s.id = r.service_id
WHERE r.tenant_id = %(tenant)s AND r.triage_state = 'done' AND r.issue_id IS NULL {only}
ORDER BY r.received_at, r.id LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
"""

# The issue's oldest report stands for it: its words, at the issue's own place and address. An issue that has lost its
# reports to others goes by its title.
_CANDIDATES = """
SELECT i.id, i.cell, i.lat, i.lng, i.category, i.service_code, i.address, i.first_report_at, i.last_report_at,
       i.resolved_at, i.historic, coalesce(o.description, i.title)
FROM issues i
JOIN unnest(%(codes)s::text[], %(categories)s::text[], %(since)s::timestamptz[], %(until)s::timestamptz[])
     AS k (code, category, since, until)
  ON i.service_code = k.code AND (k.code <> '' OR i.category = k.category)
 AND i.last_report_at >= k.since AND i.first_report_at <= k.until
LEFT JOIN LATERAL (
    SELECT r.description FROM reports r WHERE r.tenant_id = i.tenant_id AND r.issue_id = i.id
    ORDER BY r.received_at LIMIT 1
) o ON true
WHERE i.tenant_id = %(tenant)s AND i.cell = ANY(%(cells)s::bigint[]) AND i.merged_into_id IS NULL
  AND i.last_report_at >= %(oldest)s AND (i.resolved_at IS NULL OR i.resolved_at > %(first)s)
ORDER BY i.id
"""


def read_choices() -> GroupingChoices:
    """Return what the active tenant has chosen; automatic for every category unless it says otherwise. One query."""
    document = TenantConfiguration.objects.values_list("document", flat=True).first()
    return GroupingChoices.read(document.get("grouping") if isinstance(document, dict) else None)


def lock_waiting_reports(*, tenant_id: int, report_ids: list[int] | None, limit: int) -> list[WaitingReport]:
    """Lock and return classified reports without an issue, oldest first; others' are skipped. One query."""
    sql = _WAITING.format(only="" if report_ids is None else "AND r.id = ANY(%(ids)s::bigint[])")
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenant_id, "ids": report_ids, "limit": limit})
        return [WaitingReport(*row) for row in cursor.fetchall()]


def arrival_of(report: WaitingReport, algorithm: Algorithm, choices: GroupingChoices) -> Arrival:
    """Return a report as the engine takes it."""
    traits: Traits | None = None
    if report.lat is not None and report.lng is not None and report.cell is not None:
        traits = algorithm.read_traits(
            lat=report.lat,
            lng=report.lng,
            category=report.category,
            service_code=report.service_code,
            service_name=report.service_name,
            text=report.description,
            address=report.address,
        )
    closed_at = report.closed_at if report.status == "closed" else None
    return Arrival(
        report_id=report.id,
        traits=traits,
        cell=report.cell,
        received_at=report.received_at,
        closed_at=closed_at,
        historic=report.historic,
        may_join=choices.may_join(category=report.category, address=report.address),
    )


def cells_around(arrivals: Iterable[Arrival]) -> list[int]:
    """Return every grid cell in which these reports look for issues, ascending."""
    found: set[int] = set()
    for arrival in arrivals:
        if arrival.traits is not None:
            found.update(neighbour_cells(arrival.traits.lat, arrival.traits.lng))
    return sorted(found)


@dataclass(slots=True)
class _Kind:
    code: str
    category: str
    since: datetime
    until: datetime


def _kinds(reports: Iterable[WaitingReport], arrivals: Iterable[Arrival]) -> list[_Kind]:
    """Return for each kind of report in the batch the time in which its issues must have had reports."""
    kinds: dict[str, _Kind] = {}
    for report, arrival in zip(reports, arrivals, strict=True):
        if arrival.traits is None:
            continue
        reach = timedelta(seconds=arrival.traits.profile.reach_seconds)
        since, until = report.received_at - reach, report.received_at + reach
        kind = kinds.setdefault(arrival.traits.kind, _Kind(report.service_code, report.category, since, until))
        kind.since, kind.until = min(kind.since, since), max(kind.until, until)
    return list(kinds.values())


def read_candidates(
    *,
    tenant_id: int,
    reports: list[WaitingReport],
    arrivals: list[Arrival],
    cells: list[int],
    algorithm: Algorithm,
) -> list[Candidate]:
    """Return the issues that any of the reports may join, by id. One query; none without a located report."""
    kinds = _kinds(reports, arrivals)
    if not kinds:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {
                "tenant": tenant_id,
                "cells": cells,
                "codes": [kind.code for kind in kinds],
                "categories": [kind.category for kind in kinds],
                "since": [kind.since for kind in kinds],
                "until": [kind.until for kind in kinds],
                "oldest": min(kind.since for kind in kinds),
                "first": min(report.received_at for report in reports),
            },
        )
        return [_candidate(row, algorithm) for row in cursor.fetchall()]


def _candidate(row: tuple[Any, ...], algorithm: Algorithm) -> Candidate:
    key, cell, lat, lng, category, code, address, first, last, resolved, historic, text = row
    # Without the service's name: the newcomer's profile decides, never the issue's.
    traits = algorithm.read_traits(
        lat=lat, lng=lng, category=category, service_code=code, service_name="", text=text, address=address
    )
    return Candidate(
        key=key,
        cell=cell,
        opener=traits,
        first=first.timestamp(),
        last=last.timestamp(),
        resolved=resolved.timestamp() if resolved else None,
        live=not historic,
    )


def hold_joined_issues(joined: dict[int, float | None]) -> bool:
    """Lock the issues to be joined, in the order of their ids, and tell whether they are still as they were read.

    ``joined`` maps an issue's id to the moment in Unix seconds at which it was resolved. Between reading and locking,
    staff may have resolved, reopened or merged one. One query.
    """
    if not joined:
        return True
    rows = Issue.objects.filter(pk__in=joined, merged_into__isnull=True).order_by("pk").select_for_update()
    now = {pk: at.timestamp() if at else None for pk, at in rows.values_list("pk", "resolved_at")}
    return now == joined
