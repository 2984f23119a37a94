"""Files of reports from other systems, read row by row in constant memory.

A file is a container (CSV, JSON, NDJSON or XML, plain or gzip, told by its content and never by its name) and a
layout that says which column means what (`--format`). Every row becomes an ImportedReport or a RejectedRow; a file
that cannot be read at all raises UnreadableFile. Nothing here touches the database.
"""

from apps.reports.formats.containers import read_reports
from apps.reports.formats.layout import Layout
from apps.reports.formats.layouts import known_formats, layout_of, mapped_layout
from apps.reports.formats.rows import (
    BadMapping,
    ImportedReport,
    ImportRefused,
    RejectedRow,
    UnknownFormat,
    UnreadableFile,
    reject,
)

__all__ = [
    "BadMapping",
    "ImportRefused",
    "ImportedReport",
    "Layout",
    "RejectedRow",
    "UnknownFormat",
    "UnreadableFile",
    "known_formats",
    "layout_of",
    "mapped_layout",
    "read_reports",
    "reject",
]
