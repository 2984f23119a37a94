"""Store many reports at once: imports, feeds and the demo city."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core import clock
from apps.core.bulk import Upsert, copy_insert
from apps.core.events import chunks, publish
from apps.core.identifiers import uuid7
from apps.core.locks import retry_deadlocks
from apps.reports import rules
from apps.reports.events import ReportsChangedAtSource, ReportsStored


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report as a source tells it; a historic one keeps the source's status and times."""

    external_id: str
    description: str
    received_at: datetime
    service_id: int | None = None
    channel: str = rules.Channel.IMPORT.value
    source: str = ""
    status: str = rules.ReportStatus.OPEN.value
    status_notes: str = ""
    lat: float | None = None
    lng: float | None = None
    address: str = ""
    address_id: str = ""
    zipcode: str = ""
    media_url: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    acknowledged_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    historic: bool = False
    public_id: UUID | None = None


@dataclass(frozen=True)
class StoreResult:
    """What became of a batch: new rows, rows that came again changed, and rows that came again the same."""

    inserted_ids: list[int]
    changed_ids: list[int]
    unchanged: int


_COLUMNS = (
    "tenant_id public_id service_id channel source external_id description category severity status "
    "status_notes lat lng cell address address_id zipcode media_url attributes received_at "
    "acknowledged_at closed_at updated_at content_hash historic triage_state triage_version created_at"
).split()
# What a source may change about a report that it has already sent.
# Once a person has moved a report's issue, its public status follows the issue and no longer the source.
_NOT_MOVED_BY_STAFF = """
reports.issue_id IS NULL OR NOT EXISTS (
    SELECT 1 FROM issue_events e
    WHERE e.tenant_id = reports.tenant_id AND e.issue_id = reports.issue_id AND e.kind = 'status')
"""
_FOLLOWED = ("status", "status_notes", "closed_at", "acknowledged_at", "updated_at")


@retry_deadlocks
def store_batch(*, tenant_id: int, reports: list[NewReport]) -> StoreResult:
    """Store reports in one transaction by COPY; the same (source, external id) is stored once.

    A row that comes again updates status, notes and times where they differ. Publishes ReportsStored and
    ReportsChangedAtSource. External ids must not repeat within a batch: the last of them counts.
    """
    now = clock.now()
    unique = {
        (each.source, each.external_id) if each.external_id else index: each for index, each in enumerate(reports)
    }
    rows = [_row(tenant_id, each, now) for each in unique.values()]
    made = {row[1] for row in rows}
    with transaction.atomic():
        result = copy_insert(
            table="reports",
            columns=_COLUMNS,
            rows=rows,
            conflict=Upsert(
                target=("tenant_id", "source", "external_id"),
                target_where="external_id <> ''",
                update=_FOLLOWED,
                skip_unchanged=True,
                only_where=_NOT_MOVED_BY_STAFF,
            ),
            returning=("id", "public_id"),
        )
        # A row that was there before keeps its public id.
        inserted = [report_id for report_id, public_id in result.rows if public_id in made]
        changed = [report_id for report_id, public_id in result.rows if public_id not in made]
        for part in chunks(inserted):
            publish(ReportsStored(tenant_id=tenant_id, report_ids=part))
        for part in chunks(changed):
            publish(ReportsChangedAtSource(tenant_id=tenant_id, report_ids=part))
    return StoreResult(inserted, changed, unchanged=len(reports) - len(inserted) - len(changed))


def _row(tenant_id: int, each: NewReport, now: datetime) -> tuple[Any, ...]:
    cell = rules.grid_cell(each.lat, each.lng) if each.lat is not None and each.lng is not None else None
    return (
        *(tenant_id, each.public_id or uuid7(), each.service_id, each.channel, each.source, each.external_id),
        *(each.description, "", "", each.status, each.status_notes, each.lat, each.lng, cell),
        *(each.address[: rules.ADDRESS_MAX], each.address_id, each.zipcode, each.media_url),
        *(each.attributes, each.received_at, each.acknowledged_at, each.closed_at),
        *(each.updated_at or each.closed_at or each.received_at, rules.content_hash(each.description)),
        *(each.historic, rules.TriageState.PENDING.value, 0, now),
    )
