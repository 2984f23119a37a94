"""Fill the cache before people come."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test import Client

from apps.core import clock
from apps.core.cache import CacheStatistics, cache_statistics
from apps.core.progress import Progress
from apps.dashboards.services import warm_dashboard
from apps.tenants.models import Scope, Tenant
from apps.tenants.selectors import active_tenants, tenant_by_slug
from apps.tenants.services import issue_api_key, revoke_api_key

# What people open first: the figures, the newest reports, the work that is open, the tables that forms are made of.
PATHS = (
    "/api/v1/dashboard/",
    "/api/v1/dashboard/?days=7",
    "/api/v1/dashboard/?days=90",
    "/api/v1/services/",
    "/api/v1/reports/",
    "/api/v1/issues/",
    "/api/v1/issues/?status=open",
    "/api/v1/sla/summary/",
)
# An answer is kept as it goes out: browsers and most programs ask for gzip, curl does not.
ENCODINGS = ("gzip", "identity")
_KEY_LIFETIME = timedelta(minutes=10)


class Command(BaseCommand):
    """Ask for the busiest answers of every tenant once, so that the first person to ask finds them ready.

    The answers are asked for in this process, by the same URLs and through the same middleware as everybody's, with a
    key of each tenant that may only read and is revoked at the end: what is warmed is what is served. Beside them the
    figures of the staff's dashboard, for each of its windows. Repeating costs little: what is still valid is found, not
    computed. What every process keeps in its own memory for some seconds is read by each of them, not here.
    """

    help = "Compute and keep the busiest answers of every tenant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whose answers."""
        parser.add_argument("--tenant", metavar="SLUG", help="one tenant only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Warm, and say what was computed and what was found."""
        if not settings.CACHE_ENABLED:
            raise CommandError("CACHE_ENABLED is off: nothing would be kept")
        before = cache_statistics()
        if not before.available:
            raise CommandError("Redis does not answer: nothing would be kept")
        tenants = self._tenants(options["tenant"])
        failed: list[str] = []
        answers = len(PATHS) * len(ENCODINGS) + 1  # and the staff's dashboard
        with Progress("warm_cache", total=len(tenants) * answers, unit="answers") as progress:
            for tenant in tenants:
                failed += self._warm(tenant, progress)
        computed, found = _difference(before, cache_statistics())
        self.stdout.write(f"{len(tenants)} tenants: {computed} answers computed and kept, {found} were there already")
        if failed:
            raise CommandError("could not be warmed: " + "; ".join(failed))

    def _tenants(self, slug: str | None) -> list[Tenant]:
        if not slug:
            return active_tenants()
        tenant = tenant_by_slug(slug)
        if tenant is None:
            raise CommandError(f"--tenant: there is no active tenant {slug!r}")
        return [tenant]

    def _warm(self, tenant: Tenant, progress: Progress) -> list[str]:
        """Ask for every path and return those that were refused, with the status."""
        failed = []
        with _reader(tenant) as client:
            for path, encoding in product(PATHS, ENCODINGS):
                response = client.get(path, secure=True, headers={"Accept-Encoding": encoding})
                if response.status_code != 200:
                    failed.append(f"{tenant.slug} {path}: {response.status_code}")
                progress.advance()
        warm_dashboard(tenant_id=tenant.pk)
        progress.advance()
        return failed


@contextmanager
def _reader(tenant: Tenant) -> Iterator[Client]:
    """Lend a client with a key that reads as this tenant, whatever the general limit is."""
    issued = issue_api_key(
        tenant=tenant,
        name="warm_cache",
        scopes=(Scope.READ,),
        expires_at=clock.now() + _KEY_LIFETIME,
        requests_per_minute=len(PATHS) * len(ENCODINGS) * 100,
    )
    host = next((name for name in settings.ALLOWED_HOSTS if not name.startswith(("*", "."))), "localhost")
    try:
        yield Client(raise_request_exception=False, headers={"Authorization": f"Bearer {issued.text}", "Host": host})
    finally:
        revoke_api_key(api_key=issued.api_key, now=clock.now())


def _difference(before: CacheStatistics, after: CacheStatistics) -> tuple[int, int]:
    """Return the misses and hits in between; other processes' are in it."""
    misses = sum(kind.misses for kind in after.kinds) - sum(kind.misses for kind in before.kinds)
    hits = sum(kind.hits for kind in after.kinds) - sum(kind.hits for kind in before.kinds)
    return misses, hits
