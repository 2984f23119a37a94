"""Make the tenants of invented cities, and refuse those that were not invented or by other means."""

from datetime import datetime

from django.db import transaction

from apps.core import clock
from apps.demo.city import CityOrder
from apps.demo.city import services as service_kinds
from apps.demo.city.names import CityProfile
from apps.demo.errors import DemoRefused
from apps.demo.models import DemoCity
from apps.reports.services import ServiceDraft, create_services
from apps.tenants.models import Tenant
from apps.tenants.scoping import tenant_scope
from apps.tenants.services import create_tenant


def check_cities(*, orders: list[CityOrder], seed: int, until: datetime | None) -> None:
    """Raise DemoRefused when one of the cities could not be seeded for the pipeline, before any of them is.

    Two queries a city.
    """
    for order in orders:
        known_city(order, seed, until, finished=False)


def known_city(order: CityOrder, seed: int, until: datetime | None, *, finished: bool) -> DemoCity | None:
    """Return what the city is made of, None when there is no such tenant. Tenants not made here are left alone."""
    tenant = Tenant.objects.filter(slug=order.profile.slug).first()
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
    _check_way(known, order, finished=finished)
    return known


def _check_way(known: DemoCity, order: CityOrder, *, finished: bool) -> None:
    slug = known.tenant.slug
    if finished and known.written is None:
        raise DemoRefused(
            "finished", f"{slug!r} was seeded for the pipeline; it grows by the same way only (--pipeline)"
        )
    if not finished and known.written is not None:
        raise DemoRefused("pipeline", f"{slug!r} was written finished (--finished); the pipeline has no part in it")
    if finished and (known.problems, known.reports) != (order.problems, order.reports):
        raise DemoRefused(
            "reports, issues, tenants",
            f"{slug!r} was written with {known.reports} reports of {known.problems} issues, and these sizes ask for "
            f"{order.reports} of {order.problems}: a finished city does not grow. Repeat the first command to resume "
            "it, or take an empty database",
        )


def found_city(order: CityOrder, seed: int, until: datetime | None, *, finished: bool) -> DemoCity:
    """Make the tenant of a city and note what it is made of; `until` defaults to the last midnight in UTC."""
    profile: CityProfile = order.profile
    until = until or clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    # One transaction: an interrupted seeding can be taken up again, and its tenant is never mistaken for a real one.
    with transaction.atomic():
        tenant = create_tenant(
            slug=profile.slug, name=profile.name, timezone=profile.timezone, lat=profile.lat, lng=profile.lng
        )
        sizes = (order.problems, order.reports) if finished else (0, 0)
        with tenant_scope(tenant.pk):
            return DemoCity.objects.create(
                tenant=tenant,
                seed=seed,
                until=until,
                problems=sizes[0],
                reports=sizes[1],
                written=0 if finished else None,
            )


def offer_services(tenant_id: int) -> dict[str, int]:
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
