"""What one problem and one report come to as rows, in the order of the columns named here. No query."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.demo.city import CityReport, Problem
from apps.demo.city.casework import Casework, Note
from apps.demo.city.names import FIRST_NAMES, STREET_STEMS
from apps.demo.writing.ledger import Row, draw
from apps.issues.models import EventKind
from apps.reports.models import TriageState
from apps.reports.selectors import content_hash, grid_cell

SOURCE = "demo"
_TITLE_MAX = 100  # characters, as grouping names issues
_CONTACT_SHARE, _PHOTO_SHARE = 0.3, 0.08

ISSUE_COLUMNS = (
    "id tenant_id number title status category severity service_code department_id assignee_id lat lng cell address "
    "report_count first_report_at last_report_at acknowledged_at resolved_at closed_at historic version created_at "
    "updated_at"
).split()
EVENT_COLUMNS = "tenant_id issue_id at kind actor_id before after note created_at".split()
COMMENT_COLUMNS = "id tenant_id issue_id author_id text is_public created_at".split()
REPORT_COLUMNS = (
    "id tenant_id public_id issue_id service_id channel source external_id description category severity status "
    "status_notes lat lng cell address address_id zipcode media_url attributes received_at acknowledged_at closed_at "
    "updated_at content_hash historic triage_state triage_version created_at"
).split()
CONTACT_COLUMNS = "tenant_id report_id name email phone created_at".split()


@dataclass(frozen=True)
class Office:
    """Who and what a city's rows refer to: ids of its services by code, its departments by group, its staff."""

    tenant_id: int
    services: Mapping[str, int]
    departments: Mapping[str, int]
    staff: Sequence[int]

    def worker(self, work: Casework) -> int:
        """Return the id of the one who handled an issue."""
        return self.staff[int(work.worker * len(self.staff))]


@dataclass(frozen=True, slots=True)
class Opening:
    """An issue to be: its ids, the report that opens it, when all of its reports arrive, what staff did."""

    issue_id: int
    number: int
    report: CityReport
    arrivals: Sequence[datetime]
    work: Casework

    @property
    def problem(self) -> Problem:
        """The truth behind it."""
        return self.report.problem


def _title(report: CityReport) -> str:
    text = "" if " | " in report.description else " ".join(report.description.split())
    if len(text) > _TITLE_MAX:
        text = text[: _TITLE_MAX - 1].rsplit(" ", 1)[0] + "…"
    return text or " – ".join(part for part in (report.problem.service.name, report.address) if part)


def _cell(report: CityReport) -> int | None:
    return None if report.lat is None or report.lng is None else grid_cell(report.lat, report.lng)


def issue_row(office: Office, each: Opening) -> Row:
    """Return the issue as it stands at the city's present: ISSUE_COLUMNS."""
    report, problem, work = each.report, each.problem, each.work
    first = min(each.arrivals)
    return (
        *(each.issue_id, office.tenant_id, each.number, _title(report), work.status, problem.service.category),
        *(problem.severity, problem.service.code, *_assignment(office, each), report.lat, report.lng),
        *(_cell(report), report.address, len(each.arrivals), first, max(each.arrivals), work.acknowledged_at),
        *(work.resolved_at, work.closed_at, True, work.version, first, work.updated_at),
    )


def _assignment(office: Office, each: Opening) -> tuple[int | None, int | None]:
    """Return who works on the issue: department and person."""
    if each.work.assigned_at is None:
        return None, None
    person = office.worker(each.work) if each.work.has_person else None
    return office.departments[each.problem.service.group], person


def event_rows(office: Office, each: Opening, comment_ids: Sequence[int]) -> Iterator[Row]:
    """Yield the issue's timeline: EVENT_COLUMNS."""
    work, actor = each.work, office.worker(each.work)

    def line(at: datetime, kind: EventKind, by: int | None, before: Any = None, after: Any = None) -> Row:
        return (office.tenant_id, each.issue_id, at, kind.value, by, before or {}, after or {}, "", at)

    yield line(min(each.arrivals), EventKind.OPENED, None)
    if len(each.arrivals) > 1:
        yield line(max(each.arrivals), EventKind.REPORTS_ADDED, None, after={"reports": len(each.arrivals) - 1})
    for step in work.steps:
        yield line(step.at, EventKind.STATUS, actor, {"status": step.before}, {"status": step.after})
    if work.assigned_at is not None:
        department, person = _assignment(office, each)
        nobody = {"department": None, "assignee": None}
        yield line(
            work.assigned_at, EventKind.ASSIGNMENT, actor, nobody, {"department": department, "assignee": person}
        )
    for comment_id, note in zip(comment_ids, work.notes, strict=True):
        yield line(note.at, EventKind.COMMENT, actor, after={"comment": comment_id, "public": note.is_public})


def comment_row(office: Office, each: Opening, comment_id: int, note: Note) -> Row:
    """Return what staff wrote: COMMENT_COLUMNS."""
    author = office.worker(each.work)
    return (comment_id, office.tenant_id, each.issue_id, author, note.text, note.is_public, note.at)


def found_service(office: Office, each: CityReport) -> int | None:
    """Return the service that triage found for a report whose sender named none and whose text tells."""
    return None if each.service_code or each.vague else office.services[each.problem.service.code]


def report_row(office: Office, report_id: int, issue_id: int, each: CityReport) -> Row:
    """Return a report that triage and grouping are done with: REPORT_COLUMNS.

    Its category and severity are the truth's.
    """
    problem = each.problem
    service_id = office.services[each.service_code] if each.service_code else found_service(office, each)
    photo = f"https://photos.example.org/{each.public_id.hex}.jpg" if draw(each, 2) < _PHOTO_SHARE else ""
    return (
        *(report_id, office.tenant_id, each.public_id, issue_id, service_id, each.channel, SOURCE),
        *(each.external_id, each.description, problem.service.category, problem.severity, each.status),
        *(each.status_notes, each.lat, each.lng, _cell(each), each.address, "", each.zipcode, photo),
        *(each.attributes, each.received_at, each.acknowledged_at, each.closed_at),
        *(each.closed_at or each.received_at, content_hash(each.description), True, TriageState.DONE.value, 1),
        each.received_at,
    )


def contact_rows(office: Office, report_id: int, each: CityReport) -> Iterator[Row]:
    """Yield who sent the report, if they said so: CONTACT_COLUMNS."""
    bits = each.public_id.int & (1 << 52) - 1  # drawn; what stands before them is time
    if bits >= _CONTACT_SHARE * 2**52:
        return
    first = FIRST_NAMES[bits % len(FIRST_NAMES)]
    last = STREET_STEMS[bits // 64 % len(STREET_STEMS)]
    email = f"{first}.{last}{bits % 997}@example.org".lower()
    # 555-01xx is the range of numbers that are nobody's.
    phone = f"+1 {200 + bits % 700}-555-01{bits % 100:02}" if bits & 4 else ""
    yield (office.tenant_id, report_id, f"{first} {last}", email, phone, each.received_at)
