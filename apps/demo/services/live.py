"""Let citizens of a seeded city report now, as people do."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from apps.demo.city import City, CityOrder, CityReport, draw_city
from apps.demo.models import DemoCity, DemoTruth
from apps.reports.services import ReportDraft, submit_report
from apps.tenants.scoping import tenant_scope


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
