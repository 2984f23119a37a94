"""What a batch's decisions come to: issues to open, issues to enlarge, lines of the ledger. No database."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.grouping.engine import Decision
from apps.grouping.models import PlacementMethod
from apps.grouping.reading import WaitingReport
from apps.grouping.rules import issue_title
from apps.grouping.versions import Features
from apps.issues.models import Category, Severity
from apps.issues.services import Absorption, NewIssue

_URGENCY = {severity: rank for rank, severity in enumerate(Severity.values)}


@dataclass(frozen=True, slots=True)
class _Sum:
    """Several reports of one issue taken together; None for a time that not one of them has."""

    severity: str
    first: datetime
    last: datetime
    any_open: bool
    acknowledged_at: datetime | None
    closed_at: datetime | None


def _closed_at(report: WaitingReport) -> datetime | None:
    return report.closed_at if report.historic and report.status == "closed" else None


def _sum(reports: list[WaitingReport]) -> _Sum:
    received = [report.received_at for report in reports]
    answered = [report.acknowledged_at for report in reports if report.historic and report.acknowledged_at]
    closed = [at for report in reports if (at := _closed_at(report))]
    return _Sum(
        severity=max((report.severity for report in reports), key=lambda word: _URGENCY.get(word, -1)) or Severity.LOW,
        first=min(received),
        last=max(received),
        any_open=len(closed) < len(reports),
        acknowledged_at=min(answered, default=None),
        closed_at=max(closed, default=None),
    )


def by_issue(reports: Iterable[WaitingReport], decisions: Iterable[Decision]) -> dict[int, list[WaitingReport]]:
    """Return the reports of each issue key, in the order in which they were placed."""
    members: dict[int, list[WaitingReport]] = defaultdict(list)
    for report, decision in zip(reports, decisions, strict=True):
        members[decision.key].append(report)
    return members


def new_issue(reports: list[WaitingReport]) -> NewIssue:
    """Return the issue that these reports open; place, words and service are those of the first.

    A historic one is over when all its reports are, at the end of the last, and was answered with the first answer.
    """
    opener, total = reports[0], _sum(reports)
    return NewIssue(
        title=issue_title(description=opener.description, service_name=opener.service_name, address=opener.address),
        category=opener.category or Category.OTHER,
        severity=total.severity,
        service_code=opener.service_code,
        lat=opener.lat,
        lng=opener.lng,
        cell=opener.cell,
        address=opener.address,
        report_count=len(reports),
        first_report_at=total.first,
        last_report_at=total.last,
        acknowledged_at=total.acknowledged_at if opener.historic else None,
        resolved_at=None if total.any_open or not opener.historic else total.closed_at,
        historic=opener.historic,
    )


def absorption(issue_id: int, reports: list[WaitingReport]) -> Absorption:
    """Return what these reports add to an existing issue."""
    total = _sum(reports)
    return Absorption(
        issue_id=issue_id,
        report_count=len(reports),
        first_report_at=total.first,
        last_report_at=total.last,
        severity=total.severity,
        any_open=total.any_open,
        acknowledged_at=total.acknowledged_at,
        closed_at=total.closed_at,
    )


def _explained(features: Features) -> dict[str, Any]:
    return {
        "metres": round(features.metres, 1),
        "hours": round(features.hours, 2),
        "text": round(features.text, 3),
        "address": features.address,
        "contradictions": features.contradictions,
        "profile": features.profile,
    }


PLACEMENT_COLUMNS = "tenant_id report_id issue_id method score features algorithm_version decided_at created_at".split()


def placement_row(
    *, tenant_id: int, decision: Decision, issue_ids: dict[int, int], version: str, now: datetime
) -> tuple[object, ...]:
    """Return a decision as a line of the ledger, in the order of PLACEMENT_COLUMNS; `issue_ids` maps engine keys."""
    features, score = {}, None
    if decision.features is not None:
        features = _explained(decision.features)
        if decision.joined:
            score = decision.features.score
        elif decision.near_key is not None:
            near = issue_ids.get(decision.near_key, decision.near_key)
            features |= {"near_score": round(decision.features.score, 4), "near_issue_id": near}
    method = PlacementMethod.AUTO if decision.joined else PlacementMethod.NEW
    issue_id = issue_ids.get(decision.key, decision.key)
    return (tenant_id, decision.report_id, issue_id, method.value, score, features, version, now, now)
