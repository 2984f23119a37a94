"""A tenant's reports as one file of any length, in constant memory: CSV, NDJSON or GeoJSON (see the app's README)."""

from apps.reports.exports.columns import COLUMNS, DEFAULT_FIELDS
from apps.reports.exports.formats import ExportFormat
from apps.reports.exports.opening import open_export
from apps.reports.exports.options import ExportOptions, field_names
from apps.reports.exports.stream import ExportStream, ExportTally

EXPORT_FIELDS = tuple(COLUMNS)

__all__ = [
    "DEFAULT_FIELDS",
    "EXPORT_FIELDS",
    "ExportFormat",
    "ExportOptions",
    "ExportStream",
    "ExportTally",
    "field_names",
    "open_export",
]
