"""Write invented cities into the database, and let live reports come in from them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction

from apps.core import clock
from apps.core.bulk import copy_insert
from apps.demo.city import City, CityOrder, CityReport, draw_city
from apps.demo.city import services as service_kinds
from apps.demo.city.names import CityProfile
from apps.demo.errors import DemoRefused
from apps.demo.models import DemoCity, DemoTruth
from apps.reports.models import Report
from apps.reports.services import (
    NewReport,
    ReportDraft,
    ServiceDraft,
    create_services,
    store_batch,
    submit_report,
)
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_tenant

SOURCE = "demo"
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
    made_of = _known_city(order.profile, seed, until) or _found_city(order.profile, seed, until)
    tenant = made_of.tenant
    city = draw_city(profile=order.profile, seed=seed, until=made_of.until)
    stored = 0
    with tenant_scope(tenant.pk):
        service_ids = _offer_services(tenant.pk)
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


def check_cities(*, orders: list[CityOrder], seed: int, until: datetime | None) -> None:
    """Raise DemoRefused when one of the cities could not be seeded, before any of them is. Two queries a city."""
    for order in orders:
        _known_city(order.profile, seed, until)


def _known_city(profile: CityProfile, seed: int, until: datetime | None) -> DemoCity | None:
    """Return what the city is made of, None when there is no such tenant. Tenants not made here are left alone."""
    tenant = Tenant.objects.filter(slug=profile.slug).first()
    if tenant is None:
        return None
    with tenant_scope(tenant.pk):
        known = DemoCity.objects.select_related("tenant").first()
    if known is None:
        raise DemoRefused("tenants", f"{tenant.slug!r} is a tenant that was not invented; nothing was added to it")
    if known.seed != seed:
        raise DemoRefused("seed", f"{tenant.slug!r} was made with seed {known.seed}; it cannot grow by another")
    if until is not None and until != known.until:
        raise DemoRefused("until", f"{tenant.slug!r} was made until {known.until:%Y-%m-%d}; it cannot grow by another")
    return known


def _found_city(profile: CityProfile, seed: int, until: datetime | None) -> DemoCity:
    until = until or clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    # One transaction: an interrupted seeding can be taken up again, and its tenant is never mistaken for a real one.
    with transaction.atomic():
        tenant = create_tenant(
            slug=profile.slug, name=profile.name, timezone=profile.timezone, lat=profile.lat, lng=profile.lng
        )
        with tenant_scope(tenant.pk):
            return DemoCity.objects.create(tenant=tenant, seed=seed, until=until, problems=0, reports=0)


def _offer_services(tenant_id: int) -> dict[str, int]:
    """Give the tenant the services that its citizens report about; return the id of each code."""
    drafts = [
        ServiceDraft(
            code=kind.code,
            name=kind.name,
            category=kind.category,
            default_severity=kind.default_severity,
            group=kind.group,
            keywords=kind.keywords,
            description=kind.description,
            attributes=[dict(attribute) for attribute in kind.attributes],
        )
        for kind in service_kinds()
    ]
    return create_services(tenant_id=tenant_id, drafts=drafts)


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


def submit_live_reports(*, order: CityOrder, seed: int, tenant_id: int, count: int, now: datetime) -> list[int]:
    """Let citizens of a seeded city send reports now, each as a person would: checked, with a contact, one by one.

    Returns the reports' ids. Their truths are kept too. Errors: InvalidReport, should a text not be acceptable.
    """
    with tenant_scope(tenant_id):
        until = DemoCity.objects.get(tenant_id=tenant_id).until
        city = draw_city(profile=order.profile, seed=seed, until=until)
        return [_submit(tenant_id, each, place, now) for place, each in enumerate(_live(city, count, now))]


def _live(city: City, count: int, now: datetime) -> Iterator[CityReport]:
    # To the second, so that the same minute of a demonstration gives the same problems.
    yield from city.live_reports(count=count, at=now.replace(microsecond=0))


def _submit(tenant_id: int, each: CityReport, place: int, now: datetime) -> int:
    draft = ReportDraft(
        description=each.description,
        lat=each.lat,
        lng=each.lng,
        address=each.address,
        zipcode=each.zipcode,
        service_code=each.service_code,
        attributes=dict(each.attributes),
        contact_name=f"Citizen {place + 1}",
        contact_email=f"citizen{place + 1}@example.org",
    )
    with transaction.atomic():
        report = submit_report(tenant_id=tenant_id, draft=draft, channel=each.channel, now=now)
        kind, problem = each.problem.service, each.problem
        DemoTruth.objects.create(
            report=report,
            problem=problem.number,
            service_code=kind.code,
            category=kind.category,
            severity=problem.severity,
            vague=each.vague,
        )
    return report.pk
