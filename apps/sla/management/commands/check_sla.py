"""Sweep the SLA clocks by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.core.progress import Progress
from apps.sla.services import check_due_clocks


class Command(BaseCommand):
    """Mark the running clocks of every tenant whose due time has passed, until none is left."""

    help = "Mark the SLA clocks whose due time has passed, in every tenant, and say how many."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the size of a transaction."""
        parser.add_argument("--batch", type=int, default=500, help="clocks a transaction (default 500)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep up to the present moment, batch by batch."""
        if options["batch"] < 1:
            raise CommandError("--batch: must be at least 1")
        now, breached = clock.now(), 0
        with Progress("check_sla", unit="clocks") as progress:
            while (found := check_due_clocks(now=now, limit=options["batch"]).breached) > 0:
                breached += found
                progress.advance(found)
        self.stdout.write(f"{breached:,} clocks breached.")
