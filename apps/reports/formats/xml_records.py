"""Records of GeoReport v2's XML: `<service_requests><request>…`."""

from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from apps.reports.formats.json_records import record_of
from apps.reports.formats.layout import Layout
from apps.reports.formats.rows import Record, RejectedRow, UnreadableFile

_BLOCK_BYTES = 1 << 16
_TEXT_CHARS_MAX = 4 << 20  # of one record; bounds the memory that a text without an end can take
_ROOT, _RECORD = "service_requests", "request"


class _Collector:
    """Hears what the parser finds and keeps only finished records: no tree is built, whatever the file's size."""

    def __init__(self) -> None:
        self.finished: deque[tuple[int, dict[str, str]]] = deque()
        self.parser: Any = None
        self._path: list[str] = []
        self._record: dict[str, str] = {}
        self._starts_at = 0
        self._text: list[str] = []
        self._chars = 0

    @property
    def line(self) -> int:
        """The line that the parser is at."""
        return int(self.parser.CurrentLineNumber)

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2].lower()
        if not self._path and name not in (_ROOT, "errors"):
            raise UnreadableFile(f"the XML is <{name[:80]}>, not <{_ROOT}>")
        self._path.append(name)
        self._text = []
        if len(self._path) == 2:
            self._record, self._starts_at, self._chars = {}, self.line, 0

    def data(self, text: str) -> None:
        self._chars += len(text)
        if self._chars > _TEXT_CHARS_MAX:
            raise UnreadableFile(f"line {self.line}: a record is longer than {_TEXT_CHARS_MAX:,} characters")
        self._text.append(text)

    def end(self, _tag: str) -> None:
        name = self._path.pop()
        depth = len(self._path)
        if depth == 2:
            self._record[name] = "".join(self._text)
        elif depth == 1 and self._path[0] == "errors":
            raise UnreadableFile(f"the XML is an Open311 error: {' '.join(self._record.values())[:200]}")
        elif depth == 1 and name == _RECORD:
            self.finished.append((self._starts_at, self._record))
        self._text = []

    def close(self) -> None:
        """Nothing is left to hand over."""


def read_xml(stream: BinaryIO, layout: Layout) -> Iterator[Record | RejectedRow]:
    """Yield the requests; `line` is where the element starts.

    Errors: UnreadableFile naming the line for XML that is broken, has a DTD (and so could hold an entity bomb) or is
    of another kind.
    """
    collector = _Collector()
    parser = DefusedXMLParser(target=collector, forbid_dtd=True)
    collector.parser = parser.parser
    try:
        while block := stream.read(_BLOCK_BYTES):
            parser.feed(block)
            yield from _taken(collector, layout)
        parser.close()
    except ParseError as error:
        raise UnreadableFile(f"the text is not XML: {error}") from error
    except DefusedXmlException as error:
        raise UnreadableFile("the XML has a document type declaration, which is refused") from error


def _taken(collector: _Collector, layout: Layout) -> Iterator[Record | RejectedRow]:
    while collector.finished:
        line, values = collector.finished.popleft()
        yield record_of(line, values, layout, values)
