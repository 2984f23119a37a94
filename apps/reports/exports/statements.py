"""The one statement of an export: PostgreSQL itself writes the rows as they stand in the file."""

from collections.abc import Sequence
from typing import Any

from apps.reports.exports.columns import COLUMNS
from apps.reports.exports.formats import ExportFormat
from apps.reports.exports.options import ExportOptions

# The tenant stands in every part beside row-level security, as in all our SQL; newest first is the order that
# idx_reports_received_cover has, and the API's.
_FROM = """\
FROM reports r
LEFT JOIN services s ON s.tenant_id = r.tenant_id AND s.id = r.service_id
LEFT JOIN issues i ON i.tenant_id = r.tenant_id AND i.id = r.issue_id
WHERE {conditions}
ORDER BY r.received_at DESC, r.id DESC"""
# A JSON text has neither of these characters (it escapes them), so that CSV's rules never quote it: the lines come out
# as they are, where COPY's text format would double each backslash.
_LINES = r"(FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"
_CELLS = "(FORMAT csv)"


def copy_statement(options: ExportOptions, *, tenant_id: int) -> tuple[str, list[Any]]:
    """Return COPY … TO STDOUT with its parameters: a cell for each field (CSV), or one JSON text a row."""
    conditions, parameters = _conditions(options, tenant_id)
    rows = _FROM.format(conditions="\n  AND ".join(conditions))
    layout = _CELLS if options.format is ExportFormat.CSV else _LINES
    return f"COPY (SELECT {_selected(options)}\n{rows}) TO STDOUT {layout}", parameters


def _selected(options: ExportOptions) -> str:
    if options.format is ExportFormat.CSV:
        return ", ".join(COLUMNS[name].cell for name in options.fields)
    if options.format is ExportFormat.NDJSON:
        return _object(options.fields)
    # Longitude first: RFC 7946, section 3.1.1. A feature always has its id and its place, whatever the fields.
    point = """'{"type":"Point","coordinates":[' || r.lng || ',' || r.lat || ']}'"""
    properties = _object([name for name in options.fields if name not in ("public_id", "lat", "lng")])
    return (
        f"""'{{"type":"Feature","id":' || {COLUMNS["public_id"].value} || ',"geometry":' || """
        f"""coalesce({point}, 'null') || ',"properties":' || {properties} || '}}'"""
    )


def _object(fields: Sequence[str]) -> str:
    """Return SQL for a JSON object.

    Put together by ||: a third faster than row_to_json, and 1.6 times as fast as json_build_object, which looks up
    how to write each value's type for every row.
    """
    members = " || ',' || ".join(f"""'"{name}":' || {COLUMNS[name].value}""" for name in fields)
    return f"'{{' || {members} || '}}'" if fields else "'{}'"


def _conditions(options: ExportOptions, tenant_id: int) -> tuple[list[str], list[Any]]:
    found: list[tuple[str, Sequence[Any]]] = [("r.tenant_id = %s", [tenant_id])]
    if options.received_after is not None:
        found.append(("r.received_at >= %s", [options.received_after]))
    if options.received_before is not None:
        found.append(("r.received_at < %s", [options.received_before]))
    found += [
        (f"r.{name} = %s", [value]) for name in ("status", "category", "severity") if (value := getattr(options, name))
    ]
    if options.service_code:
        of_code = "(SELECT id FROM services WHERE tenant_id = %s AND code = %s)"
        found.append((f"r.service_id = {of_code}", [tenant_id, options.service_code]))
    if options.issue is not None:
        of_number = "(SELECT id FROM issues WHERE tenant_id = %s AND number = %s)"
        found.append((f"r.issue_id = {of_number}", [tenant_id, options.issue]))
    return [condition for condition, _ in found], [value for _, values in found for value in values]
