"""Write a tenant's reports to a file."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.progress import Progress
from apps.reports.errors import InvalidExport
from apps.reports.selectors import (
    EXPORT_FIELDS,
    ExportFormat,
    ExportOptions,
    ExportStream,
    field_names,
    open_export,
)
from apps.tenants.scoping import tenant_scope
from apps.tenants.selectors import tenant_by_slug

EPILOG = """The reports as they stand when it starts, newest first. A file appears under its name only when it is
complete; what stood there before stays until then. Texts that a spreadsheet would take for a formula begin with an
apostrophe in CSV. Who sent a report is never exported."""
STANDARD_OUTPUT = "-"
_FILTERS = ("received_after", "received_before", "status", "category", "severity", "service_code", "issue")


class Command(BaseCommand):
    """Export reports as CSV, NDJSON or GeoJSON, plain or gzip, in constant memory."""

    help = f"Export reports as CSV, NDJSON or GeoJSON, plain or gzip. {EPILOG}"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments of the contract."""
        parser.add_argument("--tenant", required=True, metavar="SLUG", help="the tenant whose reports these are")
        parser.add_argument("--format", default="csv", metavar="NAME", help=f"one of: {', '.join(ExportFormat)}")
        parser.add_argument("--output", default=STANDARD_OUTPUT, metavar="FILE", help="the file; - is standard output")
        parser.add_argument("--gzip", action="store_true", help="compress")
        parser.add_argument("--fields", default="", metavar="NAME,…", help=f"of: {', '.join(EXPORT_FIELDS)}")
        parser.add_argument(
            "--received-after", type=_moment, metavar="TIME", help="ISO 8601, inclusive; UTC unless said"
        )
        parser.add_argument("--received-before", type=_moment, metavar="TIME", help="the same, exclusive")
        parser.add_argument("--status", default="", help="open or closed")
        parser.add_argument("--category", default="")
        parser.add_argument("--severity", default="")
        parser.add_argument("--service-code", default="", metavar="CODE")
        parser.add_argument("--issue", type=int, metavar="NUMBER", help="an issue's number")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export, show how far it is, and print what was written."""
        tenant = tenant_by_slug(options["tenant"])
        if tenant is None:
            raise CommandError(f"tenant: there is no tenant {options['tenant']!r}")
        started = time.monotonic()
        try:
            with (
                tenant_scope(tenant.pk),
                # An operator's own export may take as long as it takes.
                open_export(_options(options), time_limit=None, compressed=options["gzip"]) as stream,
                _destination(options["output"]) as file,
            ):
                written = _write(stream, file, f"export {tenant.slug}")
        except InvalidExport as error:
            raise CommandError(str(error)) from error
        except BrokenPipeError:
            _forget_standard_output()
            raise CommandError("output: whoever read it has gone; the export is not complete") from None
        except KeyboardInterrupt:
            raise CommandError("stopped; nothing was written", returncode=130) from None
        except OSError as error:
            raise CommandError(f"output: {options['output']}: {error.strerror or error}") from error
        self._print(
            stream.tally.rows, written, time.monotonic() - started, to_file=options["output"] != STANDARD_OUTPUT
        )

    def _print(self, rows: int, written: int, seconds: float, *, to_file: bool) -> None:
        line = f"{rows:,} reports, {written:,} bytes; {seconds:,.1f} s, {rows / max(seconds, 1e-9):,.0f} rows/s"
        (self.stdout if to_file else self.stderr).write(line)


def _options(options: dict[str, Any]) -> ExportOptions:
    chosen = {name: options[name] for name in _FILTERS if options[name] not in (None, "")}
    if options["fields"]:
        chosen["fields"] = field_names(options["fields"])
    try:
        return ExportOptions(format=ExportFormat(options["format"]), **chosen)
    except ValueError:
        known = ", ".join(ExportFormat)
        raise InvalidExport("format", f"{options['format']!r} is not one of: {known}") from None


def _write(stream: ExportStream, file: BinaryIO, title: str) -> int:
    """Write the stream and return the number of bytes."""
    written = 0
    with Progress(title) as progress:
        for block in stream:
            written += file.write(block)
            progress.advance(stream.tally.rows - progress.done)
    return written


@contextmanager
def _destination(name: str) -> Iterator[BinaryIO]:
    """Open the output: standard output, or a file beside the one named, which takes its place at the end."""
    if name == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    if path.is_dir():
        raise IsADirectoryError(0, "is a folder")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            # On disk before it has the name: after a crash the name stands for a complete file or the one before.
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _forget_standard_output() -> None:
    """Let Python's own flush at exit go nowhere, or it would complain of the broken pipe once more."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date or time like 2026-03-01 or 2026-03-01T08:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
