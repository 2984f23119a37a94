"""The bytes of one export, block by block."""

import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from apps.reports.exports.formats import Framing

# Large enough that a block's costs (a system call, a chunk of HTTP, a flush of zlib) are nothing beside its rows.
BLOCK_BYTES = 128 * 1024
_GZIP = 31  # zlib's window bits for a gzip header and trailer
COMPRESSION_LEVEL = 6


def framed(rows: Iterable[Any], framing: Framing) -> Iterator[tuple[bytes, int]]:
    """Yield blocks of at least BLOCK_BYTES, the last excepted, each with the number of its rows.

    A row is bytes-like and ends with the newline that COPY gives it; the framing's own separator takes its place.
    """
    pending: list[Any] = []
    size = 0
    before = framing.head
    tail = framing.tail_if_empty
    for row in rows:
        pending.append(row[:-1])
        size += len(row)
        if size >= BLOCK_BYTES:
            yield before + framing.between.join(pending), len(pending)
            before, tail, size = framing.between, framing.tail, 0
            pending.clear()
    if pending:
        yield before + framing.between.join(pending) + framing.tail, len(pending)
    else:
        yield (framing.head if tail is framing.tail_if_empty else b"") + tail, 0


@dataclass(slots=True)
class ExportTally:
    """What has become of an export: the reports yielded so far, and whether they were all."""

    rows: int = 0
    complete: bool = False


class ExportStream:
    """An iterator over the bytes of a running export; it holds a connection and has to be closed.

    When the iterator ends, the file is complete; then, after an error, or when it is closed before, the connection is
    given back. Forgotten, it closes when it is collected.
    """

    def __init__(self, blocks: Iterator[tuple[bytes, int]], resources: ExitStack, *, compressed: bool) -> None:
        self.tally = ExportTally()
        self._blocks = blocks
        self._compressor = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, _GZIP) if compressed else None
        self._resources = resources
        self._release = weakref.finalize(self, _abandon, resources)
        # A process that ends takes its connections along; there is nobody left to be asked to stop.
        self._release.atexit = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        """Return the next block, never an empty one. Errors: DatabaseError, after which the stream is closed."""
        try:
            block, rows = next(self._blocks)
        except StopIteration:
            return self._end()
        except BaseException:
            self.close()
            raise
        self.tally.rows += rows
        if self._compressor is not None:
            # Flushed, so that a slow export's rows are not held back.
            block = self._compressor.compress(block) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return block or next(self)

    def _end(self) -> bytes:
        self.tally.complete = True
        self.close()
        compressor, self._compressor = self._compressor, None
        if compressor is None:
            raise StopIteration
        return compressor.flush()

    def when_closed(self, release: Callable[[], None]) -> None:
        """Call `release` when the stream is closed, however that comes about; at once if it is closed already.

        It may know the tally, but not the stream: nobody would ever forget that.
        """
        if self._release.alive:
            self._resources.callback(release)
        else:
            release()

    def close(self) -> None:
        """Stop, and give everything back; again and again without harm."""
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _abandon(resources: ExitStack) -> None:
    # COPY is told of an end that is not its own, or it would leave PostgreSQL sending.
    gone = GeneratorExit()
    resources.__exit__(type(gone), gone, None)
