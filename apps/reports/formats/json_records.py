"""Records of JSON: an array, an object that holds one, or one object a line (NDJSON)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import ijson
import orjson

from apps.reports.formats.layout import Layout
from apps.reports.formats.rows import FieldProblem, Record, RejectedRow, UnreadableFile, reject
from apps.reports.formats.values import checked_characters

DEPTH_MAX = 50  # open brackets; a report's attributes need a handful
# An escaped character, a quote, or a bracket.
_MARKS = re.compile(rb'\\\\.|["\[\]{}]', re.DOTALL)
_LINE_BYTES_MAX = 4 << 20  # of one line of NDJSON; bounds the memory that a file without line ends can take


class _ShallowStream:
    """Passes a stream of JSON on while it is not nested deeply: the parser's memory grows with the square of the depth.

    Errors: UnreadableFile at DEPTH_MAX open brackets outside strings.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._depth = 0
        self._in_string = False
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Return the next piece of the stream."""
        piece = self._stream.read(size)
        # A backslash at a piece's end belongs to the next piece's first byte.
        text, self._rest = self._rest + piece, b""
        if text.endswith(b"\\") and piece:
            text, self._rest = text[:-1], b"\\"
        self._measure(text)
        return piece

    def _measure(self, text: bytes) -> None:
        for mark in _MARKS.findall(text):
            if mark == b'"':
                self._in_string = not self._in_string
            elif len(mark) == 1 and not self._in_string:
                self._depth += 1 if mark in b"[{" else -1
                if self._depth > DEPTH_MAX:
                    raise UnreadableFile(f"the JSON is nested deeper than {DEPTH_MAX} levels")


def read_json(stream: BinaryIO, layout: Layout) -> Iterator[Record | RejectedRow]:
    """Yield the members of the array, or of the list that the object holds under the layout's key.

    `line` is the number of the record: the parser of streams does not tell lines.
    Errors: UnreadableFile naming the record behind which the text stops being JSON.
    """
    is_array = stream.peek(1).lstrip()[:1] == b"["  # type: ignore[attr-defined]
    number = 0
    try:
        for number, value in enumerate(_items(stream, "item" if is_array else f"{layout.list_key}.item"), start=1):
            yield record_of(number, value, layout, value)
    except ijson.JSONError as error:
        reason = str(error).splitlines()[0]
        raise UnreadableFile(f"the text is not JSON behind record {number}: {reason}") from error
    if not number and not is_array:
        raise UnreadableFile(f"the JSON object holds no reports under {layout.list_key!r}")


def _items(stream: BinaryIO, prefix: str) -> Iterator[Any]:
    members: Iterator[Any] = ijson.items(_ShallowStream(stream), prefix, use_float=True)
    return members


def read_ndjson(stream: BinaryIO, layout: Layout) -> Iterator[Record | RejectedRow]:
    """Yield one record a line; a line that is not JSON is rejected and costs nothing but itself."""
    number = 0
    while line := stream.readline(_LINE_BYTES_MAX):
        number += 1
        if len(line) == _LINE_BYTES_MAX and not line.endswith(b"\n"):
            _skip_rest_of_line(stream)
            yield reject(number, "row", f"is longer than {_LINE_BYTES_MAX:,} bytes", line)
        elif line.strip():
            yield _parsed(number, line, layout)


def _skip_rest_of_line(stream: BinaryIO) -> None:
    while (piece := stream.readline(_LINE_BYTES_MAX)) and not piece.endswith(b"\n"):
        pass


def _parsed(number: int, line: bytes, layout: Layout) -> Record | RejectedRow:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return reject(number, "row", f"is not JSON: {error}", line)
    return record_of(number, value, layout, line)


def record_of(number: int, value: Any, layout: Layout, raw: Any) -> Record | RejectedRow:
    """Make a record of an object; keys in any case, keys of nested objects joined by dots."""
    if not isinstance(value, Mapping):
        return reject(number, "row", "is not an object", raw)
    try:
        return Record(number, layout.pick(dict(_flat(value))), raw)
    except FieldProblem as problem:
        return reject(number, problem.field, problem.message, raw)


def _flat(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, each in value.items():
        name = key.strip().lower()
        if isinstance(each, str):
            yield name, checked_characters(each, name)
        elif isinstance(each, Mapping):
            # One level is all that any known source nests; deeper values stay objects and are refused if a field.
            yield from ((f"{name}.{inner}".lower(), deeper) for inner, deeper in each.items())
        else:
            yield name, each
