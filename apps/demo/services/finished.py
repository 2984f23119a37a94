"""Write cities finished: as if every stage of the product had worked on two years of reports already.

Three steps a city, each safe to repeat: `write_finished_city` stores reports with issues, timelines and ledgers chunk
by chunk, `read_city` makes their texts searchable, `complete_city` lets the SLA engine and the rollups count what is
there. Statistics are to be gathered after the first and at the end (apps.demo.upkeep).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from apps.core.cache import bump_tags
from apps.demo.city import CityOrder, draw_city
from apps.demo.city import services as service_kinds
from apps.demo.errors import DemoRefused
from apps.demo.models import DemoCity
from apps.demo.services.founding import found_city, known_city, offer_services
from apps.demo.writing.chunks import CHUNK_ROWS, CityWriter
from apps.demo.writing.ledger import KnownIssue
from apps.demo.writing.rows import SOURCE, Office
from apps.insights.services import rebuild_rollups
from apps.issues import tags as issues_tags
from apps.issues.models import Department, Issue
from apps.issues.services import create_department, fill_issue_words
from apps.reports import tags as reports_tags
from apps.reports.models import Service
from apps.reports.services import fill_report_words
from apps.sla import tags as sla_tags
from apps.sla.services import start_clocks
from apps.tenants.models import Membership, Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_user, grant_membership

_STAFF_MIN, _STAFF_MAX = 3, 12
_REPORTS_A_WORKER = 20_000
_CLOCK_ISSUES = 5_000  # started between two words to `progress`; some megabytes of rows
# The first report of each problem tells which issue the problem has become.
_PROBLEMS = """
SELECT split_part(r.external_id, '-', 1)::bigint, i.id, i.lat, i.lng, i.address, i.first_report_at
FROM reports r JOIN issues i ON i.tenant_id = r.tenant_id AND i.id = r.issue_id
WHERE r.tenant_id = %s AND r.source = %s AND right(r.external_id, 2) = '-0'
"""


@dataclass(frozen=True)
class FinishedWork:
    """What was new of a city: reports written, issues whose clocks were started."""

    tenant_id: int
    reports: int = 0
    issues: int = 0


def found_finished_cities(*, orders: list[CityOrder], seed: int, until: datetime | None) -> list[DemoCity]:
    """Make the tenants that are missing, with services, departments and staff; return all, in the order given.

    Errors: DemoRefused when one of them cannot be had as ordered; then none is made.
    """
    known = [known_city(order, seed, until, finished=True) for order in orders]
    # All cities have one present, also those that an interrupted run did not come to.
    until = until or next((city.until for city in known if city is not None), None)
    cities = []
    for order, city in zip(orders, known, strict=True):
        if city is None:
            with transaction.atomic():
                city = found_city(order, seed, until, finished=True)
                until = city.until
                _furnish(city.tenant, order)
        cities.append(city)
    return cities


def _furnish(tenant: Tenant, order: CityOrder) -> None:
    """Give a city services, departments and staff."""
    with tenant_scope(tenant.pk):
        offer_services(tenant.pk)
        for group in sorted({kind.group for kind in service_kinds()}):
            name = group.lower().replace(" ", "-")
            create_department(name=group, email=f"{name}@{tenant.slug}.example")
    for number in range(min(_STAFF_MAX, _STAFF_MIN + order.reports // _REPORTS_A_WORKER)):
        user = create_user(email=f"agent{number + 1}@{tenant.slug}.example", name=f"Agent {number + 1}")
        grant_membership(user=user, tenant=tenant, role="agent")


def write_finished_city(
    *, order: CityOrder, tenant_id: int, progress: Callable[[int], None], chunk_rows: int = CHUNK_ROWS
) -> FinishedWork:
    """Store what is missing of a city's reports, with everything that triage, grouping and staff made of them.

    A chunk a transaction; what an earlier run has written is passed over. `progress` hears the rows of each chunk.
    Queries: about 25 per 10,000 reports. Memory: a chunk, and the reports of 30 days to come.
    """
    with tenant_scope(tenant_id):
        city = DemoCity.objects.get()
        written: int = city.written or 0
        if written >= order.reports:
            return FinishedWork(tenant_id)
        drawn = draw_city(profile=order.profile, seed=city.seed, until=city.until)
        rows = drawn.reports_with_arrivals(problems=order.problems, reports=order.reports)
        writer = CityWriter(office=_office(tenant_id), until=city.until, issues=_known_issues(tenant_id))
        rows = islice(rows, written, None)
        while chunk := list(islice(rows, chunk_rows)):
            with transaction.atomic():
                writer.write(chunk)
                _note_written(city, len(chunk))
            progress(len(chunk))
    return FinishedWork(tenant_id, reports=order.reports - written)


def _note_written(city: DemoCity, count: int) -> None:
    """Remember how far the city is, in the chunk's own transaction. Errors: DemoRefused when another run is faster."""
    before = city.written or 0
    city.written = before + count
    if not DemoCity.objects.filter(pk=city.pk, written=before).update(written=city.written):
        raise DemoRefused("tenants", f"{city.tenant.slug!r} is being written by another process; let it finish")


def _office(tenant_id: int) -> Office:
    staff = Membership.objects.filter(tenant_id=tenant_id, role="agent").order_by("user_id")
    return Office(
        tenant_id=tenant_id,
        services=dict(Service.objects.values_list("code", "pk")),
        departments=dict(Department.objects.values_list("name", "pk")),
        staff=list(staff.values_list("user_id", flat=True)),
    )


def _known_issues(tenant_id: int) -> dict[int, KnownIssue]:
    with connection.cursor() as cursor:
        cursor.execute(_PROBLEMS, [tenant_id, SOURCE])
        return {problem: KnownIssue._make(issue) for problem, *issue in cursor.fetchall()}


def read_city(*, tenant_id: int, progress: Callable[[int], None]) -> int:
    """Make a written city's reports and issues searchable; return how many texts were read.

    `progress` hears the texts of each transaction.
    """
    texts = 0
    with tenant_scope(tenant_id):
        for fill in (fill_report_words, fill_issue_words):
            while (filled := fill(tenant_id=tenant_id)).marks:
                texts += filled.rows
                progress(filled.rows)
    return texts


def complete_city(*, tenant_id: int, now: datetime, progress: Callable[[int], None]) -> FinishedWork:
    """Start the clocks of a written city's issues as the SLA engine does and count its figures; once.

    `now` decides which due times have passed. `progress` hears issues.
    """
    with tenant_scope(tenant_id):
        city = DemoCity.objects.get()
        if city.finished_at is not None:
            return FinishedWork(tenant_id)
        ids = list(Issue.objects.order_by("pk").values_list("pk", flat=True))
        started = 0
        for start in range(0, len(ids), _CLOCK_ISSUES):
            part = ids[start : start + _CLOCK_ISSUES]
            started += start_clocks(tenant_id=tenant_id, issue_ids=part, now=now).issues
            progress(len(part))
        with transaction.atomic():
            rebuild_rollups(tenant_id=tenant_id, now=now)
            city.finished_at = now
            city.save(update_fields=["finished_at"])
            tags = (reports_tags.reports, reports_tags.services, issues_tags.issues, sla_tags.sla)
            bump_tags([tag(tenant_id) for tag in tags])
    return FinishedWork(tenant_id, issues=started)
