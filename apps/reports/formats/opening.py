"""Open a file and tell by its content what it is."""

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

import orjson

from apps.reports.formats.rows import UnreadableFile
from apps.reports.formats.values import ODD_CHARACTERS

_BUFFER_BYTES = 1 << 17  # read at once; the head that is looked at is at most this long
_GZIP = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_SIGNATURES = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet (unpack it, or save it as CSV)",
    b"\x1f\x8b": "compressed twice",
    b"\xff\xfe": "UTF-16 text (save it as UTF-8)",
    b"\xfe\xff": "UTF-16 text (save it as UTF-8)",
    b"BZh": "compressed with bzip2 (only gzip is read)",
    b"\xfd7zXZ": "compressed with xz (only gzip is read)",
    b"\x28\xb5\x2f\xfd": "compressed with zstd (only gzip is read)",
}


class Container(StrEnum):
    """The form in which a file holds its records."""

    CSV = "CSV"
    JSON = "JSON"
    NDJSON = "NDJSON"
    XML = "XML"


@dataclass(frozen=True)
class OpenFile:
    """A file ready to be read from its first character, unpacked, without a byte order mark."""

    container: Container
    stream: io.BufferedReader


@contextmanager
def opened(path: Path) -> Iterator[OpenFile]:
    """Open a file for reading; closes it at the end of the block.

    Errors: UnreadableFile when it is absent, empty or no text of a known kind; what is raised inside the block by a
    broken gzip stream is the reader's.
    """
    try:
        plain = cast(io.BufferedReader, path.open("rb", buffering=_BUFFER_BYTES))
    except OSError as error:
        raise UnreadableFile(error.strerror or "cannot be read") from error
    with plain:
        stream = _unpacked(plain) if plain.peek(len(_GZIP)).startswith(_GZIP) else plain
        head = stream.peek(_BUFFER_BYTES)
        if head.startswith(_UTF8_MARK):
            stream.read(len(_UTF8_MARK))
            head = head[len(_UTF8_MARK) :]
        yield OpenFile(container=_container(head), stream=stream)


def _unpacked(packed: io.BufferedReader) -> io.BufferedReader:
    return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=packed)), _BUFFER_BYTES)


def _container(head: bytes) -> Container:
    start = head.lstrip()
    if not start:
        raise UnreadableFile("the file is empty")
    for signature, what in _SIGNATURES.items():
        if head.startswith(signature):
            raise UnreadableFile(f"the file is {what}, not CSV, JSON or XML")
    if start[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise UnreadableFile("the file is an HTML page, not CSV, JSON or XML")
    match start[:1]:
        case b"[":
            return Container.JSON
        case b"{":
            return Container.NDJSON if _is_one_a_line(start) else Container.JSON
        case b"<":
            return Container.XML
    return _csv_if_text(start)


def _csv_if_text(start: bytes) -> Container:
    if ODD_CHARACTERS.search(start.partition(b"\n")[0].decode("utf-8", "surrogateescape")):
        raise UnreadableFile("the file is not text: its first line has bytes that no CSV, JSON or XML has")
    return Container.CSV


def _is_one_a_line(start: bytes) -> bool:
    """Tell NDJSON from an object that holds a list: its first line is an object by itself, or its second starts one."""
    first, _, rest = start.partition(b"\n")
    try:
        value = orjson.loads(first)
    except orjson.JSONDecodeError:
        return rest.startswith(b"{")
    return not any(isinstance(each, list) and each and isinstance(each[0], dict) for each in value.values())
