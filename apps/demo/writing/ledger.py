"""What triage and grouping would have noted about a report: as rows, in the order of the columns named here.

Batches and versions say "demo", so that nobody takes the answers for those of triage and grouping themselves. Figures
that would need the real algorithms (likeness of texts, confidence) are drawn; distances and times are true.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from apps.demo.city import CityReport
from apps.demo.city.streetmap import METRES_PER_DEGREE
from apps.grouping.models import PlacementMethod
from apps.triage.models import BatchOutcome, Method

Row = tuple[Any, ...]
MADE_BY = "demo"
# Reports of one run of triage, as the pipeline takes them.
BATCH_REPORTS = 1_000
# Triage has answered a report and grouping has placed it so long after its arrival.
_TRIAGE_DELAY, _PLACEMENT_DELAY = timedelta(seconds=20), timedelta(seconds=40)

BATCH_COLUMNS = (
    "id tenant_id provider model prompt_version item_count tokens_in tokens_out tokens_cached cost_micros latency_ms "
    "attempts outcome error fallback_count started_at finished_at created_at"
).split()
CLASSIFICATION_COLUMNS = (
    "tenant_id report_id batch_id method category severity service_id confidence terms reason is_current created_at"
).split()
PLACEMENT_COLUMNS = (
    "tenant_id report_id issue_id method score features algorithm_version decided_by_id decided_at created_at"
).split()


class KnownIssue(NamedTuple):
    """What later reports of a problem need to know of its issue: the place and time that it was opened with."""

    id: int
    lat: float | None
    lng: float | None
    address: str
    first_report_at: datetime


def draw(report: CityReport, place: int) -> float:
    """Return a number in [0, 1) that is the report's own, one for each place from 0 to 2.

    The last 52 bits of its public id are drawn.
    """
    return (report.public_id.int >> 16 * place & 0xFFFF) / 2**16


def batch_row(tenant_id: int, batch_id: int, reports: Sequence[CityReport]) -> Row:
    """Return one run of triage over reports in order of arrival: BATCH_COLUMNS."""
    began, ended = reports[-1].received_at, reports[-1].received_at + _TRIAGE_DELAY
    return (
        *(batch_id, tenant_id, MADE_BY, MADE_BY, "", len(reports), 0, 0, 0, 0, 0, 1, BatchOutcome.COMPLETE.value, ""),
        *(0, began, ended, ended),
    )


def classification_row(
    tenant_id: int, report_id: int, batch_id: int, each: CityReport, *, found_service: int | None
) -> Row:
    """Return triage's answer, the truth: CLASSIFICATION_COLUMNS. `found_service`: where the citizen named none."""
    kind = each.problem.service
    return (
        *(tenant_id, report_id, batch_id, Method.RULES.value, kind.category, each.problem.severity, found_service),
        *(round(0.4 + 0.6 * math.sqrt(draw(each, 0)), 3), [kind.name.lower()], "", True),
        each.received_at + _TRIAGE_DELAY,
    )


def placement_row(tenant_id: int, report_id: int, issue: KnownIssue, each: CityReport, *, person: int) -> Row:
    """Return why a report is with its issue: PLACEMENT_COLUMNS. Without coordinates a person has put it there."""
    at = each.received_at + _PLACEMENT_DELAY
    method, score, features, decided_by = PlacementMethod.NEW, None, {}, None
    if each.external_id.endswith("-0"):
        pass  # it opened the issue
    elif (metres := _metres(issue, each)) is None:
        method, decided_by = PlacementMethod.MANUAL, person
    else:
        likeness = round(draw(each, 1), 3)
        method, score = PlacementMethod.AUTO, round(0.7 + 0.2 * math.exp(-metres / 60) + 0.1 * likeness, 4)
        features = _features(issue, each, metres, likeness)
    return (tenant_id, report_id, issue.id, method.value, score, features, MADE_BY, decided_by, at, at)


def _features(issue: KnownIssue, each: CityReport, metres: float, likeness: float) -> dict[str, Any]:
    agreement = "same street, other number"
    if not each.address or not issue.address:
        agreement = "unknown"
    elif each.address == issue.address:
        agreement = "same"
    return {
        "metres": round(metres, 1),
        "hours": round((each.received_at - issue.first_report_at).total_seconds() / 3600, 2),
        "text": likeness,
        "address": agreement,
        "contradictions": 0.0,
        "profile": each.problem.service.category,
    }


def _metres(issue: KnownIssue, each: CityReport) -> float | None:
    if each.lat is None or each.lng is None or issue.lat is None or issue.lng is None:
        return None
    east = (each.lng - issue.lng) * math.cos(math.radians(issue.lat))
    return METRES_PER_DEGREE * math.hypot(each.lat - issue.lat, east)
