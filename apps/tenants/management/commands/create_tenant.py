"""`create_tenant`: a city with its default services, policies and calendar."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.tenants.errors import InvalidTenant
from apps.tenants.services import create_tenant


class Command(BaseCommand):
    """Create a tenant."""

    help = (
        "Create a tenant with default services, SLA policies and a business calendar (Mon-Fri 9-17 in its time zone). "
        "The slug becomes its public address /SLUG/ and its Open311 jurisdiction_id; it cannot be a path of ours."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="lower-case letters, digits, dots and hyphens, e.g. boston")
        parser.add_argument("--name", required=True, help='what people call it, e.g. "City of Boston"')
        parser.add_argument("--timezone", default="UTC", help="IANA time zone, e.g. America/New_York (default: UTC)")
        parser.add_argument("--language", default="en", help="language code of its public pages (default: en)")
        parser.add_argument("--lat", type=float, help="latitude of its centre, where its map opens")
        parser.add_argument("--lng", type=float, help="longitude of its centre")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("slug", "name", "timezone", "language", "lat", "lng")
        try:
            tenant = create_tenant(**{name: options[name] for name in names})
        except InvalidTenant as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"created tenant {tenant.slug} ({tenant.name}), time zone {tenant.timezone}")
