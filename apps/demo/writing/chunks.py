"""Store one chunk of a finished city: issues that open in it, its reports, and all that hangs on both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from apps.core.bulk import copy_insert
from apps.demo.city import CityReport
from apps.demo.city.casework import draw_casework
from apps.demo.city.chance import Chance
from apps.demo.writing import ledger, rows
from apps.demo.writing.ledger import KnownIssue, Row

# One COPY, one transaction: about a second of work and 30 MB, so that Ctrl-C is quick and memory stays small.
CHUNK_ROWS = 10_000
Arrived = tuple[CityReport, Sequence[datetime]]


@dataclass
class CityWriter:
    """Writes a city's chunks in order; `issues` maps a problem's number to its issue."""

    office: rows.Office
    until: datetime
    issues: dict[int, KnownIssue] = field(default_factory=dict)
    _chance: Chance = field(default_factory=Chance)

    def write(self, chunk: Sequence[Arrived]) -> None:
        """Store a chunk, inside the caller's transaction and tenant scope. About 25 queries."""
        openings = self._openings(chunk)
        self._write_issues(openings)
        self._write_comments(openings)
        self._write_reports([report for report, _ in chunk])

    def _openings(self, chunk: Sequence[Arrived]) -> list[rows.Opening]:
        first = [each for each in chunk if each[1]]
        ids = _reserve_ids("issues", len(first))
        number = self._reserve_numbers(len(first))
        openings = []
        for issue_id, (report, arrivals) in zip(ids, first, strict=True):
            work = draw_casework(
                problem=report.problem, last_report_at=max(arrivals), until=self.until, chance=self._chance
            )
            openings.append(rows.Opening(issue_id, number, report, arrivals, work))
            self.issues[report.problem.number] = KnownIssue(
                issue_id, report.lat, report.lng, report.address, min(arrivals)
            )
            number += 1
        return openings

    def _reserve_numbers(self, count: int) -> int:
        """Return the first of so many numbers for issues, without a gap to the last one given out."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO issue_numbers (tenant_id, last_number, created_at) VALUES (%s, %s, now()) "
                "ON CONFLICT (tenant_id) DO UPDATE SET last_number = issue_numbers.last_number + excluded.last_number "
                "RETURNING last_number",
                [self.office.tenant_id, count],
            )
            last: int = cursor.fetchone()[0]
        return last - count + 1

    def _write_issues(self, openings: Sequence[rows.Opening]) -> None:
        _copy("issues", rows.ISSUE_COLUMNS, [rows.issue_row(self.office, each) for each in openings])

    def _write_comments(self, openings: Sequence[rows.Opening]) -> None:
        """Store timelines and comments."""
        ids = iter(_reserve_ids("comments", sum(len(each.work.notes) for each in openings)))
        comments: list[Row] = []
        events: list[Row] = []
        for each in openings:
            own = [next(ids) for _ in each.work.notes]
            notes = zip(own, each.work.notes, strict=True)
            comments += (rows.comment_row(self.office, each, comment_id, note) for comment_id, note in notes)
            events += rows.event_rows(self.office, each, own)
        _copy("comments", rows.COMMENT_COLUMNS, comments)
        _copy("issue_events", rows.EVENT_COLUMNS, events)

    def _write_reports(self, reports: Sequence[CityReport]) -> None:
        office, issues = self.office, self.issues
        numbered = list(zip(_reserve_ids("reports", len(reports)), reports, strict=True))
        _copy(
            "reports",
            rows.REPORT_COLUMNS,
            [rows.report_row(office, pk, issues[each.problem.number].id, each) for pk, each in numbered],
        )
        _copy(
            "reporter_contacts",
            rows.CONTACT_COLUMNS,
            [row for pk, each in numbered for row in rows.contact_rows(office, pk, each)],
        )
        _copy(
            "placements",
            ledger.PLACEMENT_COLUMNS,
            [
                ledger.placement_row(
                    office.tenant_id,
                    pk,
                    issues[each.problem.number],
                    each,
                    person=office.staff[each.problem.number % len(office.staff)],
                )
                for pk, each in numbered
            ],
        )
        self._write_classifications(numbered)

    def _write_classifications(self, numbered: Sequence[tuple[int, CityReport]]) -> None:
        tenant_id = self.office.tenant_id
        starts = range(0, len(numbered), ledger.BATCH_REPORTS)
        batches = dict(zip(_reserve_ids("classification_batches", len(starts)), starts, strict=True))
        parts = {pk: numbered[start : start + ledger.BATCH_REPORTS] for pk, start in batches.items()}
        _copy(
            "classification_batches",
            ledger.BATCH_COLUMNS,
            [ledger.batch_row(tenant_id, batch_id, [each for _, each in part]) for batch_id, part in parts.items()],
        )
        _copy(
            "classifications",
            ledger.CLASSIFICATION_COLUMNS,
            [
                ledger.classification_row(
                    tenant_id, pk, batch_id, each, found_service=rows.found_service(self.office, each)
                )
                for batch_id, part in parts.items()
                for pk, each in part
            ],
        )


def _reserve_ids(table: str, count: int) -> list[int]:
    """Take numbers from a table's id sequence, ascending. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return sorted(row[0] for row in cursor.fetchall())


def _copy(table: str, columns: Sequence[str], values: Sequence[Row]) -> None:
    copy_insert(table=table, columns=columns, rows=values, chunk_rows=5 * CHUNK_ROWS)
