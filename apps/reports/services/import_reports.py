"""Bring a file of another system's reports into a tenant, chunk by chunk."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from apps.reports.formats import ImportedReport, ImportRefused, Layout, RejectedRow, read_reports, reject
from apps.reports.imports import Checkpoint, CheckpointFile, RejectedFile, ServiceChoice
from apps.reports.models import Report, ReportStatus, Service
from apps.reports.services.catalogue import ServiceDraft, create_services
from apps.reports.services.store_batch import NewReport, store_batch
from apps.tenants.models import Tenant

T = TypeVar("T")
# More different services than any city has (New York: about 400) mean that the wrong column is taken for the service.
SERVICES_MAX = 2_000


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How to import.

    `source`: name under which ids are known; the same source and id are the same report. `historic`: rows keep their
    times and their status; otherwise they enter as open reports of their time, and what happened to them here is
    never undone by importing them again. `categories`: by code or name of a service in lower case. `limit`: rows to
    read in this run. `resume`: go on where the last run of the same file with the same options stopped.
    """

    source: str
    historic: bool = False
    create_services: bool = False
    categories: Mapping[str, ServiceChoice] = field(default_factory=dict)
    dry_run: bool = False
    limit: int | None = None
    resume: bool = False


@dataclass(frozen=True, kw_only=True)
class ImportSummary:
    """What became of a file's rows; in a dry run `inserted` counts the good ones, and nothing was written.

    `unchanged` are rows that were there already, or twice in the file. Of a resumed import the counts include the
    runs before, `read_before` rows.
    """

    read: int
    inserted: int
    changed: int
    unchanged: int
    rejected: int
    services_created: int
    read_before: int
    rejected_file: Path | None
    seconds: float

    @property
    def accepted(self) -> int:
        """Rows that are in the table now, or would be."""
        return self.inserted + self.changed + self.unchanged


def import_reports(
    *,
    tenant: Tenant,
    path: Path,
    layout: Layout,
    options: ImportOptions,
    progress: Callable[[int], None] = lambda rows: None,
) -> ImportSummary:
    """Store a file's good rows in transactions of `BULK_CHUNK_SIZE` rows, and list its bad ones in a file.

    Runs inside `tenant_scope(tenant.pk)`. Publishes what store_batch does. Safe to repeat: a row that is there already
    is stored once. `progress` is told the number of rows after each chunk is committed.
    Errors: ImportRefused (UnreadableFile) for a file that cannot be read, at once or where it breaks off; what was
    committed before stays, with its checkpoint.
    Queries: a chunk takes one COPY and about six statements, whatever its size.
    """
    return _Import(tenant, path, layout, options).run(progress)


class _Import:
    def __init__(self, tenant: Tenant, path: Path, layout: Layout, options: ImportOptions) -> None:
        self._tenant_id: int = tenant.pk
        self._path = path
        self._options = options
        self._checkpoint_file: CheckpointFile | None = None
        self._done = Checkpoint()
        if not options.dry_run and path.is_file():
            key = (tenant.slug, layout.name, repr(layout), options.source, str(options.historic))
            folder = Path(settings.VAR_DIR) / "imports"
            self._checkpoint_file = CheckpointFile(folder=folder, source_file=path, key=key)
            self._done = self._checkpoint_file.load() if options.resume else Checkpoint()
        self._read_before = self._done.read
        # A trial's own file: an interrupted import's rejected rows wait for its end in theirs.
        trial = "-dry-run" if options.dry_run else ""
        self._rejected_path = Path(settings.VAR_DIR) / f"rejected-{path.name}-{tenant.slug}{trial}.csv"
        self._services = _Services(tenant.pk, options)
        self._rows = read_reports(path, layout, zone=ZoneInfo(tenant.timezone), skip=self._done.read)

    def run(self, progress: Callable[[int], None]) -> ImportSummary:
        """Read, store and list until the file or the limit ends."""
        started = time.monotonic()
        # The file is looked at before an earlier run's rejected rows are overwritten.
        chunks = _chunked(islice(self._rows, self._options.limit), settings.BULK_CHUNK_SIZE)
        first = next(chunks, [])
        if not first and not self._read_before:
            raise ImportRefused(f"{self._path.name}: the file holds no reports")
        with RejectedFile(self._rejected_path, keep_bytes=self._done.rejected_bytes) as rejected:
            for chunk in _prepended(first, chunks):
                self._done = self._take(chunk, rejected)
                if self._checkpoint_file:
                    self._checkpoint_file.save(self._done)
                progress(len(chunk))
        if self._checkpoint_file and self._options.limit is None:
            self._checkpoint_file.forget()
        return self._summary(time.monotonic() - started)

    def _take(self, chunk: list[ImportedReport | RejectedRow], rejected_file: RejectedFile) -> Checkpoint:
        rejected = [row for row in chunk if isinstance(row, RejectedRow)]
        reports = [row for row in chunk if isinstance(row, ImportedReport)]
        done = self._done
        # Services first and for themselves: a chunk that is stored again after a deadlock finds them there.
        with transaction.atomic():
            created = self._services.add(reports)
        unknown = self._services.reject_unknown(reports)
        good = [row for row in reports if self._services.id_of(row) is not None] if unknown else reports
        done = self._stored(good, replace(done, services_created=done.services_created + created))
        # After the commit, as the checkpoint is: both tell of rows that are really dealt with.
        all_rejected = sorted([*rejected, *unknown], key=lambda row: row.line)
        return replace(
            done,
            read=done.read + len(chunk),
            rejected=done.rejected + len(all_rejected),
            rejected_bytes=rejected_file.write(all_rejected),
        )

    def _stored(self, rows: list[ImportedReport], done: Checkpoint) -> Checkpoint:
        if self._options.dry_run:
            return replace(done, inserted=done.inserted + len(rows))
        fresh = rows if self._options.historic else self._not_stored_yet(rows)
        reports = [self._report(row) for row in fresh]
        result = store_batch(tenant_id=self._tenant_id, reports=reports)
        return replace(
            done,
            inserted=done.inserted + len(result.inserted_ids),
            changed=done.changed + len(result.changed_ids),
            unchanged=done.unchanged + result.unchanged + len(rows) - len(fresh),
        )

    def _not_stored_yet(self, rows: list[ImportedReport]) -> list[ImportedReport]:
        ids = [row.external_id for row in rows]
        known = set(
            Report.objects.filter(source=self._options.source, external_id__in=ids)
            .exclude(external_id="")  # lets PostgreSQL use the unique index, which is partial
            .values_list("external_id", flat=True)
        )
        return [row for row in rows if row.external_id not in known]

    def _report(self, row: ImportedReport) -> NewReport:
        historic = self._options.historic
        return NewReport(
            external_id=row.external_id,
            description=row.description,
            received_at=row.received_at,
            service_id=self._services.id_of(row),
            source=self._options.source,
            status=row.status if historic else ReportStatus.OPEN.value,
            status_notes=row.status_notes if historic else "",
            lat=row.lat,
            lng=row.lng,
            address=row.address,
            address_id=row.address_id,
            zipcode=row.zipcode,
            media_url=row.media_url,
            attributes=row.attributes,
            acknowledged_at=row.acknowledged_at if historic else None,
            closed_at=row.closed_at if historic else None,
            updated_at=row.updated_at if historic else None,
            historic=historic,
        )

    def _summary(self, seconds: float) -> ImportSummary:
        done = self._done
        return ImportSummary(
            read=done.read,
            inserted=done.inserted,
            changed=done.changed,
            unchanged=done.unchanged,
            rejected=done.rejected,
            services_created=done.services_created,
            read_before=self._read_before,
            rejected_file=self._rejected_path if done.rejected else None,
            seconds=seconds,
        )


class _Services:
    """Finds a row's service by its code, else by its name; adds those that are missing where that is wanted."""

    def __init__(self, tenant_id: int, options: ImportOptions) -> None:
        self._tenant_id = tenant_id
        self._options = options
        self._ids: dict[str, int] = {}
        self._names: dict[str, int] = {}
        self._added = 0
        for pk, code, name in Service.objects.values_list("pk", "code", "name"):
            self._ids[code] = pk
            self._names.setdefault(name.casefold(), pk)

    def id_of(self, row: ImportedReport) -> int | None:
        """Return the id of the row's service, None for an unknown one."""
        found = self._ids.get(row.service_code)
        if found is None and not self._options.create_services:
            # Remembered under its code too: the next row of the same service is found at once.
            found = self._names.get(row.service_name.casefold())
            if found is not None:
                self._ids[row.service_code] = found
        return found

    def add(self, rows: list[ImportedReport]) -> int:
        """Add the services of these rows that the tenant lacks; return how many there were."""
        if not self._options.create_services:
            return 0
        missing = {row.service_code: row for row in rows if row.service_code not in self._ids}
        if not missing:
            return 0
        self._added += len(missing)
        if self._added > SERVICES_MAX:
            raise ImportRefused(
                f"the file has more than {SERVICES_MAX:,} services: is the right column taken for the service?"
            )
        if self._options.dry_run:
            self._ids |= dict.fromkeys(missing, 0)
        else:
            drafts = [self._draft(row) for row in missing.values()]
            self._ids |= create_services(tenant_id=self._tenant_id, drafts=drafts)
        return len(missing)

    def _draft(self, row: ImportedReport) -> ServiceDraft:
        categories = self._options.categories
        choice = categories.get(row.service_code.lower()) or categories.get(row.service_name.lower()) or ServiceChoice()
        return ServiceDraft(
            code=row.service_code,
            name=row.service_name,
            category=choice.category,
            default_severity=choice.severity,
            group=choice.group or row.service_group,
        )

    def reject_unknown(self, rows: list[ImportedReport]) -> list[RejectedRow]:
        """Return a rejection for each row whose service the tenant does not have."""
        if self._options.create_services:
            return []
        message = "the tenant has no service {0!r} ({1}); --create-services adds the file's"
        return [
            reject(row.line, "service", message.format(row.service_code, row.service_name), row._asdict())
            for row in rows
            if self.id_of(row) is None
        ]


def _chunked(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def _prepended(first: list[T], rest: Iterable[list[T]]) -> Iterator[list[T]]:
    if first:
        yield first
    yield from rest
