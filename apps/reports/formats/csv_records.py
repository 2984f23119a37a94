"""Records of a CSV file: one bad row never costs the rows after it."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from operator import itemgetter
from typing import Any, BinaryIO

from apps.reports.formats.layout import Layout
from apps.reports.formats.rows import FieldProblem, Record, RejectedRow, UnreadableFile, reject
from apps.reports.formats.values import ODD_CHARACTERS, checked_characters

# Longest physical line read, in characters: bounds the memory that a file without line ends can take.
_LINE_CHARS_MAX = 4 << 20
_DELIMITERS = ",;\t|"


class _Lines:
    """A file's physical lines; those of the record being read are kept, so that they can be read again."""

    __slots__ = ("_again", "_read", "taken", "too_long")

    def __init__(self, stream: BinaryIO) -> None:
        # Bytes that are not UTF-8 become surrogates: the row can be rejected and the reading go on.
        text = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="")
        self._read = partial(text.readline, _LINE_CHARS_MAX)
        self._again: list[str] = []
        self.taken: list[str] = []
        self.too_long = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._read()
        if not line:
            raise StopIteration
        if len(line) >= _LINE_CHARS_MAX:
            self._skip_rest(line)
        self.taken.append(line)
        return line

    def _skip_rest(self, piece: str) -> None:
        self.too_long = True
        while piece and not piece.endswith("\n"):
            piece = self._read()

    def next_record(self) -> list[str]:
        """Return the lines of the record just read, and forget them."""
        taken, self.taken, self.too_long = self.taken, [], False
        return taken

    def give_back(self, taken: list[str]) -> list[str]:
        """Have all lines but the first read again: the fault is in the first, the others may be good rows."""
        self._again.extend(reversed(taken[1:]))
        return taken[:1]


def read_csv(stream: BinaryIO, layout: Layout) -> Iterator[Record | RejectedRow]:
    """Yield the rows behind the header.

    A row with a bad quote, or with fewer or more values than the header, is rejected; if it reached over several
    lines (an unclosed quote swallows what follows), reading goes on with its second line.
    Errors: UnreadableFile for a header that is not this layout's.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _LINE_CHARS_MAX))
    lines = _Lines(stream)
    header, number = _header(lines)
    delimiter = max(_DELIMITERS, key=header.count)
    names = next(csv.reader([header], delimiter=delimiter))
    pick, width, odd = layout.picker(names), len(names), ODD_CHARACTERS.search
    for row in _rows(csv.reader(lines, delimiter=delimiter, strict=True)):
        too_long, start, taken = lines.too_long, number, lines.next_record()
        number += len(taken)
        if len(row) == width and not too_long and not any(map(odd, taken)):
            row.append("")
            yield Record(start, pick(row), taken)
        elif not row:
            continue
        elif len(row) != width or too_long:
            first = lines.give_back(taken)
            number -= len(taken) - 1
            yield reject(start, "row", _fault(row, width, too_long), first)
        else:
            yield _cleaned(start, row, names, pick, taken)


class _Unparsed(list[str]):
    """Stands for a row that the csv module gave up on; it has no values, one message."""


def _rows(reader: "Iterator[list[str]]") -> Iterator[list[str]]:
    while True:
        try:
            yield from reader
        except csv.Error as error:
            # The reader starts afresh with the next line.
            yield _Unparsed([str(error)])
        else:
            return


def _header(lines: _Lines) -> tuple[str, int]:
    for number, line in enumerate(lines, start=1):
        lines.next_record()
        if line.strip():
            return line, number + 1
    raise UnreadableFile("the file is empty")


def _fault(row: list[str], width: int, too_long: bool) -> str:
    if too_long:
        return f"is longer than {_LINE_CHARS_MAX:,} characters"
    if isinstance(row, _Unparsed):
        return f"cannot be read as CSV: {row[0]}"
    return f"has {len(row)} values, the header names {width}"


def _cleaned(
    start: int, row: list[str], names: list[str], pick: "itemgetter[Any]", taken: list[str]
) -> Record | RejectedRow:
    values = []
    for name, value in zip(names, row, strict=True):
        try:
            values.append(checked_characters(value, name))
        except FieldProblem as problem:
            return reject(start, problem.field, problem.message, taken)
    return Record(start, pick([*values, ""]), taken)
