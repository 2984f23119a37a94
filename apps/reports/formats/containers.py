"""Read a file of any container by one layout."""

import zlib
from collections.abc import Iterator
from gzip import BadGzipFile
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from apps.reports.formats.csv_records import read_csv
from apps.reports.formats.json_records import read_json, read_ndjson
from apps.reports.formats.layout import Converter, Layout
from apps.reports.formats.opening import Container, opened
from apps.reports.formats.rows import ImportedReport, RejectedRow, UnreadableFile
from apps.reports.formats.xml_records import read_xml

_READERS = {
    Container.CSV: read_csv,
    Container.JSON: read_json,
    Container.NDJSON: read_ndjson,
    Container.XML: read_xml,
}


def read_reports(
    path: Path, layout: Layout, *, zone: ZoneInfo, skip: int = 0
) -> Iterator[ImportedReport | RejectedRow]:
    """Yield every row of a file as a report or as a rejected row, in the file's order; the first `skip` are left out.

    Units: `zone` is that of times which name none. Memory: constant, whatever the file's size.
    Errors: UnreadableFile naming the file, at the first row for one that is of no known kind or not of this layout,
    later for one that breaks off.
    """
    converter = Converter(layout, zone)
    try:
        with opened(path) as file:
            for record in islice(_READERS[file.container](file.stream, layout), skip, None):
                yield record if isinstance(record, RejectedRow) else converter.convert(record)
    except UnreadableFile as error:
        raise UnreadableFile(f"{path.name}: {error}") from error
    except (BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{path.name}: the gzip file is damaged or cut off: {error}") from error
