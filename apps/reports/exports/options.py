"""What is to be exported, checked once for every face that asks."""

from dataclasses import dataclass
from datetime import datetime

from apps.issues.models import Category, Severity
from apps.reports.errors import InvalidExport
from apps.reports.exports.columns import COLUMNS, DEFAULT_FIELDS
from apps.reports.exports.formats import ExportFormat
from apps.reports.models import ReportStatus

_CHOICES = {"status": ReportStatus.values, "category": Category.values, "severity": Severity.values}
# The largest whole number that every reader of JSON has; issues are counted from 1.
_ISSUE_MAX = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """Format, fields and filters of an export; a filter that is empty or None lets everything through.

    `received_after` includes its moment, `received_before` does not; both are aware. `issue` is an issue's number.
    Errors: InvalidExport naming the field, when the options are made.
    """

    format: ExportFormat = ExportFormat.CSV
    fields: tuple[str, ...] = DEFAULT_FIELDS
    received_after: datetime | None = None
    received_before: datetime | None = None
    status: str = ""
    category: str = ""
    severity: str = ""
    service_code: str = ""
    issue: int | None = None

    def __post_init__(self) -> None:
        self._check_fields()
        self._check_window()
        for name, known in _CHOICES.items():
            value = getattr(self, name)
            if value and value not in known:
                raise InvalidExport(name, f"{value[:100]!r} is not one of: {', '.join(known)}")
        if self.issue is not None and not 1 <= self.issue <= _ISSUE_MAX:
            raise InvalidExport("issue", "must be an issue's number, from 1")

    def _check_fields(self) -> None:
        unknown = [name for name in self.fields if name not in COLUMNS]
        if unknown:
            raise InvalidExport("fields", f"{unknown[0][:100]!r} is not a field; known: {', '.join(COLUMNS)}")
        if not self.fields or len(set(self.fields)) < len(self.fields):
            raise InvalidExport("fields", "must name at least one field, and each once")

    def _check_window(self) -> None:
        for name in ("received_after", "received_before"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise InvalidExport(name, "must say its offset from UTC")
        if self.received_after and self.received_before and self.received_before <= self.received_after:
            raise InvalidExport("received_before", "must be later than received_after")


def field_names(text: str) -> tuple[str, ...]:
    """Return the names in a list separated by commas, in its order."""
    return tuple(name.strip() for name in text.split(","))
