"""Store what citizens report as historic reports that wait for the pipeline."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction

from apps.core import clock
from apps.core.bulk import copy_insert
from apps.demo.city import CityOrder, CityReport, draw_city
from apps.demo.services.founding import found_city, known_city, offer_services
from apps.demo.writing.rows import SOURCE
from apps.reports.models import Report
from apps.reports.services import NewReport, store_batch
from apps.tenants.scoping import tenant_scope

# One COPY, one transaction: at this size a chunk is 0.3 s of work, so that Ctrl-C is quick and memory stays small.
CHUNK_ROWS = 5_000
_TRUTH_COLUMNS = ("tenant_id", "report_id", "problem", "service_code", "category", "severity", "vague", "created_at")


@dataclass(frozen=True)
class SeededCity:
    """What seeding one city has done; `stored` is 0 when everything was there already."""

    tenant_id: int
    slug: str
    name: str
    stored: int
    reports: int
    problems: int
    until: datetime
    seconds: float


def _silent(rows: int) -> None:
    """Report progress to nobody."""


def seed_city(
    *, order: CityOrder, seed: int, until: datetime | None = None, progress: Callable[[int], None] = _silent
) -> SeededCity:
    """Make a tenant of an invented city and store its reports as historic ones, waiting for triage.

    `until` is the city's present; by default the last midnight in UTC, and for a city that exists the one it has.
    Repeating adds nothing, asking for more adds the difference. `progress` hears the rows of each chunk.
    Queries: about ten per 5,000 reports. Memory: a chunk, and the reports of 30 days to come.
    Errors: DemoRefused when the slug belongs to a tenant that was not made so, or by another seed or until.
    """
    started = time.perf_counter()
    made_of = known_city(order, seed, until, finished=False) or found_city(order, seed, until, finished=False)
    tenant = made_of.tenant
    city = draw_city(profile=order.profile, seed=seed, until=made_of.until)
    stored = 0
    with tenant_scope(tenant.pk):
        service_ids = offer_services(tenant.pk)
        rows = city.reports(problems=order.problems, reports=order.reports)
        while chunk := list(islice(rows, CHUNK_ROWS)):
            stored += _store(tenant.pk, chunk, service_ids)
            progress(len(chunk))
        made_of.problems = max(made_of.problems, order.problems)
        made_of.reports = max(made_of.reports, order.reports)
        made_of.save(update_fields=["problems", "reports"])
    return SeededCity(
        tenant_id=tenant.pk,
        slug=tenant.slug,
        name=tenant.name,
        stored=stored,
        reports=order.reports,
        problems=order.problems,
        until=made_of.until,
        seconds=time.perf_counter() - started,
    )


def _store(tenant_id: int, chunk: list[CityReport], service_ids: dict[str, int]) -> int:
    """Store a chunk with its truths, both or neither; return how many reports are new."""
    with transaction.atomic():
        result = store_batch(tenant_id=tenant_id, reports=[_new_report(each, service_ids) for each in chunk])
        if result.inserted_ids:
            _store_truths(tenant_id, chunk)
    return len(result.inserted_ids)


def _new_report(each: CityReport, service_ids: dict[str, int]) -> NewReport:
    return NewReport(
        external_id=each.external_id,
        description=each.description,
        received_at=each.received_at,
        service_id=service_ids.get(each.service_code),
        channel=each.channel,
        source=SOURCE,
        status=each.status,
        status_notes=each.status_notes,
        lat=each.lat,
        lng=each.lng,
        address=each.address,
        zipcode=each.zipcode,
        attributes=dict(each.attributes),
        acknowledged_at=each.acknowledged_at,
        closed_at=each.closed_at,
        historic=True,
        public_id=each.public_id,
    )


def _store_truths(tenant_id: int, chunk: list[CityReport]) -> None:
    ids = dict(
        Report.objects.filter(source=SOURCE, external_id__in=[each.external_id for each in chunk]).values_list(
            "external_id", "pk"
        )
    )
    now = clock.now()
    copy_insert(
        table="demo_truths",
        columns=_TRUTH_COLUMNS,
        rows=(_truth_row(tenant_id, ids[each.external_id], each, now) for each in chunk),
        conflict="nothing",
    )


def _truth_row(tenant_id: int, report_id: int, each: CityReport, now: datetime) -> tuple[object, ...]:
    kind, problem = each.problem.service, each.problem
    return (tenant_id, report_id, problem.number, kind.code, kind.category, problem.severity, each.vague, now)
