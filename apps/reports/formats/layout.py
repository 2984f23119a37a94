"""Which column of a file means what, and the checks that every row passes whatever file it came from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from apps.reports import rules
from apps.reports.formats.rows import FieldProblem, ImportedReport, Record, RejectedRow, UnreadableFile, reject
from apps.reports.formats.values import (
    SERVICE_CHARS,
    bounded_text,
    coordinates,
    moment,
    required_moment,
    service_code,
    status_of,
)

# The order of Record.values; the layout's attributes follow.
FIELDS = (
    "external_id received_at service_code service_name service_group title description status status_notes lat lng "
    "address address_id zipcode media_url acknowledged_at closed_at updated_at"
).split()
_SHOWN_COLUMNS = 12  # of a wrong file's header, in the message


def column_name(text: str) -> str:
    """Return a column's name as layouts spell it: lower case, words joined by `_`."""
    return "_".join(text.strip().lower().split())


@dataclass(frozen=True)
class Layout:
    """A format: the columns that each field may be in, first one present wins, in any case.

    `attributes` are further columns to keep with the report, by the key that they get; `times` are those of them that
    hold a time. `required` columns must be there beyond those that every report needs. `list_key` names the list in a
    JSON object. `service_default` is the service of rows that name none. `closed_is_updated`: a closed row's last
    change was its closing (GeoReport v2, "updated_datetime"). `postcode_digits`: zip codes that a spreadsheet turned
    into numbers get their zeros back.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    times: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    list_key: str = "service_requests"
    service_default: str = ""
    closed_is_updated: bool = False
    postcode_digits: int = 0

    def candidates(self) -> list[tuple[str, ...]]:
        """Return the possible columns of each of Record.values."""
        return [*(self.columns.get(name, ()) for name in FIELDS), *self.attributes.values()]

    def picker(self, header: Iterable[str]) -> "itemgetter[Any]":
        """Return what picks Record.values out of a row to which one empty value was appended.

        Errors: UnreadableFile for a header that repeats a column, or has none for the id, time, service or location.
        """
        names = [column_name(text) for text in header]
        where = {name: index for index, name in enumerate(names)}
        repeated = sorted({name for name in names if name and names.count(name) > 1})
        if repeated:
            raise UnreadableFile(f"the header names the column {repeated[0]!r} twice")
        self._require(where)
        found = [next((where[name] for name in each if name in where), len(names)) for each in self.candidates()]
        return itemgetter(*found)

    def _require(self, where: Mapping[str, int]) -> None:
        def has(name: str) -> bool:
            return any(column in where for column in self.columns.get(name, ()))

        needs = {
            "external_id": has("external_id"),
            "received_at": has("received_at"),
            "service_code": has("service_code") or has("service_name") or bool(self.service_default),
            "lat": (has("lat") and has("lng")) or has("address") or has("address_id"),
        }
        words = {"external_id": "the id", "received_at": "the time", "service_code": "the service", "lat": "a location"}
        shown = ", ".join(list(where)[:_SHOWN_COLUMNS])[:500]
        for name, met in needs.items():
            if not met:
                candidates = self.columns.get(name) or self.columns.get("service_name") or (name,)
                missing = f"{words[name]} ({' or '.join(candidates)})"
                raise UnreadableFile(f"this is no {self.name} file: no column for {missing}; it has: {shown}")
        for column in sorted(self.required - set(where)):
            raise UnreadableFile(f"the mapping names the column {column!r}, which is not there; it has: {shown}")

    def pick(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return Record.values out of an object whose keys are column names."""
        return tuple(
            next((values[name] for name in each if values.get(name) is not None), "") for each in self.candidates()
        )


class Converter:
    """Turns records of one layout into reports; times without a zone are in `zone`."""

    def __init__(self, layout: Layout, zone: ZoneInfo) -> None:
        self._layout = layout
        self._zone = zone
        self._attributes = [(key, key in layout.times) for key in layout.attributes]

    def convert(self, record: Record) -> ImportedReport | RejectedRow:
        """Check a record; what is wrong with it names the field as ImportedReport does."""
        try:
            return self._report(record.line, record.values)
        except FieldProblem as problem:
            return reject(record.line, problem.field, problem.message, record.raw)

    def _report(self, line: int, values: tuple[Any, ...]) -> ImportedReport:
        external_id, received, code, name, group, title, description, status, notes, lat, lng = values[:11]
        address, address_id, zipcode, media_url, acknowledged, closed, updated = values[11:18]
        external_id = bounded_text(external_id, "external_id", 200)
        if not external_id:
            raise FieldProblem("external_id", "is missing")
        received_at = required_moment(received, "received_at", self._zone)
        code, name = self._service(code, name)
        group = bounded_text(group, "service_group", SERVICE_CHARS)
        text = _titled(title, bounded_text(description, "description"))
        lat, lng, address, address_id = _place(lat, lng, address, address_id)
        state, acknowledged, closed, updated = self._course(status, received_at, acknowledged, closed, updated)
        notes = bounded_text(notes, "status_notes")
        zipcode, media_url = self._zipcode(zipcode), bounded_text(media_url, "media_url", 1_000)
        kept = self._kept(values[18:]) if any(values[18:]) else {}
        # By position: by keyword it takes twice as long, and this is run for every row.
        return ImportedReport(
            line,
            external_id,
            received_at,
            code,
            name,
            group,
            text,
            state,
            notes,
            lat,
            lng,
            address,
            address_id,
            zipcode,
            media_url,
            acknowledged,
            closed,
            updated,
            kept,
        )

    def _course(
        self, status: Any, received_at: datetime, acknowledged: Any, closed: Any, updated: Any
    ) -> tuple[str, datetime | None, datetime | None, datetime | None]:
        """Return the status and the times of acknowledgement, closing and last change."""
        closed_at = moment(closed, "closed_at", self._zone)
        updated_at = moment(updated, "updated_at", self._zone)
        state = status_of(status, closed=closed_at is not None)
        if state != rules.ReportStatus.CLOSED.value:
            closed_at = None
        elif closed_at is None and self._layout.closed_is_updated:
            closed_at = updated_at
        if closed_at is not None and closed_at < received_at:
            # Some sources cut the seconds off the later time only; nothing is closed before it is reported.
            closed_at = received_at
        return state, moment(acknowledged, "acknowledged_at", self._zone), closed_at, updated_at

    def _service(self, code: Any, name: Any) -> tuple[str, str]:
        name = bounded_text(name, "service_name", SERVICE_CHARS) or ("" if code else self._layout.service_default)
        code = bounded_text(code, "service_code", 100) or service_code(name)
        if not code:
            raise FieldProblem("service", "is missing")
        return code, name or code

    def _zipcode(self, value: Any) -> str:
        text = bounded_text(value, "zipcode", 20)
        if self._layout.postcode_digits and text:
            return text.removesuffix(".0").zfill(self._layout.postcode_digits)
        return text

    def _kept(self, values: tuple[Any, ...]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for (key, is_time), value in zip(self._attributes, values, strict=True):
            if is_time:
                at = moment(value, f"attributes.{key}", self._zone)
                value = at.isoformat() if at else ""
            text = bounded_text(value, f"attributes.{key}")
            if text:
                kept[key] = text
        return kept


def _place(lat: Any, lng: Any, address: Any, address_id: Any) -> tuple[float | None, float | None, str, str]:
    degrees = coordinates(lat, lng)
    address = bounded_text(address, "address", rules.ADDRESS_MAX)
    address_id = bounded_text(address_id, "address_id", 100)
    if degrees[0] is None and not address and not address_id:
        raise FieldProblem("location", "a location is needed: lat and lng, or an address")
    return *degrees, address, address_id


def _titled(title: Any, description: str) -> str:
    head = bounded_text(title, "title", 1_000) if title else ""
    if not head or description.startswith(head):
        return description
    return f"{head}\n{description}" if description else head
