"""`index_report`: every index of ours, what it costs and who reads it."""

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from apps.observability.selectors import IndexUsage, index_usage

_HEAD = f"{'table':22} {'index':32} {'size':>9} {'scans':>11} {'rows read':>13}  {'last used':16}  remarks"


class Command(BaseCommand):
    """Show the indexes."""

    help = (
        "Show every index of the product's tables with its size and use since the statistics were last reset, and "
        "mark those that are unused, superfluous or not valid. With --unused, exit with 1 if an index that no "
        "constraint needs was never used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the form of the answer."""
        parser.add_argument("--json", action="store_true", help="write JSON")
        parser.add_argument("--unused", action="store_true", help="only those that nobody has used; exit 1 for any")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report."""
        found = index_usage()
        shown = [index for index in found if index.unused] if options["unused"] else found
        if options["json"]:
            document = [asdict(index) | {"unused": index.unused} for index in shown]
            self.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        else:
            self._print(shown)
        if options["unused"] and shown:
            sys.exit(1)

    def _print(self, indexes: list[IndexUsage]) -> None:
        self.stdout.write(_HEAD)
        for index in indexes:
            self.stdout.write(
                f"{index.table:22} {index.name:32} {_size(index.size):>9} {index.scans:>11,} {index.rows_read:>13,}  "
                f"{f'{index.last_used:%Y-%m-%d %H:%M}' if index.last_used else 'never':16}  {_remarks(index)}".rstrip()
            )
        free = [index for index in indexes if not index.constraint]
        size = _size(sum(index.size for index in indexes))
        unused = sum(index.unused for index in indexes)
        self.stdout.write(
            f"{len(indexes)} indexes, {len(free)} of them without a constraint, {size}; {unused} unused, "
            f"{sum(index.covered_by is not None for index in indexes)} superfluous, "
            f"{sum(not index.valid for index in indexes)} not valid"
        )


def _remarks(index: IndexUsage) -> str:
    remarks = (
        "constraint" if index.constraint else "",
        "UNUSED" if index.unused else "",
        f"SUPERFLUOUS beside {index.covered_by}" if index.covered_by else "",
        "" if index.valid else "NOT VALID: drop it and build it again",
    )
    return ", ".join(filter(None, remarks))


def _size(count: int) -> str:
    return f"{count / 1_048_576:,.1f} MB" if count >= 1_048_576 else f"{count / 1024:,.0f} kB"
