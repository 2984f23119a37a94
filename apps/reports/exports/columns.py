"""The fields of an export, each as the SQL of its cell (CSV) and of its value (JSON).

They are the fields of a report in `/api/v1/reports/`, by the same names, and `attributes` for those who ask for it.
Who sent a report is not among them: personal data never leaves by an export.
"""

from dataclasses import dataclass

# What a spreadsheet takes for the beginning of a formula, or skips to find one (OWASP, "CSV Injection"):
# = + - @, tab, line feed, carriage return, and the full-width forms of the first four.
_FORMULA_STARTS = "61,43,45,64,9,10,13,65309,65291,65293,65312"
_PLAIN_NUMBER = "^[-+]?[0-9]+([.][0-9]+)?$"


@dataclass(frozen=True, slots=True)
class Column:
    """One field: `cell` is SQL for CSV, NULL where there is nothing; `value` is SQL for a JSON text, never NULL."""

    cell: str
    value: str


def _text(expression: str) -> Column:
    # An apostrophe in front makes a spreadsheet show the text; a plain number such as -12.5 does no harm.
    cell = (
        f"CASE WHEN ascii({expression}) IN ({_FORMULA_STARTS}) AND {expression} !~ '{_PLAIN_NUMBER}' "
        f"THEN '''' || {expression} ELSE {expression} END"
    )
    return Column(cell, f"coalesce(to_json({expression})::text, 'null')")


def _number(expression: str) -> Column:
    return Column(expression, f"coalesce({expression}::text, 'null')")


def _moment(expression: str) -> Column:
    # As the API writes it: Z, and microseconds only where there are any.
    moment = (
        f"to_char({expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS' || "
        f"CASE WHEN {expression} = date_trunc('second', {expression}) THEN '\"Z\"' ELSE '.US\"Z\"' END)"
    )
    return Column(moment, f"coalesce('\"' || {moment} || '\"', 'null')")


COLUMNS = {
    "public_id": Column("r.public_id", "'\"' || r.public_id || '\"'"),
    "status": _text("r.status"),
    "category": _text("r.category"),
    "severity": _text("r.severity"),
    "service_code": _text("s.code"),
    "issue": _number("i.number"),
    "channel": _text("r.channel"),
    "description": _text("r.description"),
    "lat": _number("r.lat"),
    "lng": _number("r.lng"),
    "address": _text("r.address"),
    "received_at": _moment("r.received_at"),
    "closed_at": _moment("r.closed_at"),
    "updated_at": _moment("r.updated_at"),
    "attributes": Column("r.attributes::text", "r.attributes::text"),
}
DEFAULT_FIELDS = tuple(name for name in COLUMNS if name != "attributes")
