"""Show how far a long command is: a bar on a terminal, a plain line every few seconds elsewhere."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from types import TracebackType
from typing import Any, Self, TextIO, TypeVar

from tqdm import tqdm

T = TypeVar("T")
# Often enough to see that it lives, seldom enough for a log.
SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Counts units of work and shows the count; a context manager.

    `total` None: unknown, and no share or remaining time is shown. `clock` returns seconds and is passed in by tests.
    """

    def __init__(
        self,
        description: str,
        *,
        total: int | None = None,
        unit: str = "rows",
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.description = description
        self.total = total
        self.unit = unit
        self.done = 0
        self._stream = stream or sys.stderr
        self._clock = clock
        self._started = self._last_line = clock()
        self._shown: int | None = None
        self._bar: Any = None
        if self._stream.isatty():
            self._bar = tqdm(total=total, desc=description, unit=f" {unit}", unit_scale=True, file=self._stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def advance(self, amount: int = 1) -> None:
        """Count finished work."""
        self.done += amount
        if self._bar is not None:
            self._bar.update(amount)
            return
        if self._clock() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._write_line()

    def close(self) -> None:
        """Show the final count."""
        if self._bar is not None:
            self._bar.close()
        elif self._shown != self.done:
            self._write_line()

    def line(self) -> str:
        """Return the plain line for now, e.g. `import: 12,000 of 224,592 rows (5 %), 11,900 rows/s, 18 s left`."""
        elapsed = max(self._clock() - self._started, 1e-9)
        speed = self.done / elapsed
        if not self.total:
            return f"{self.description}: {self.done:,} {self.unit}, {speed:,.0f} {self.unit}/s"
        share = f"{self.done:,} of {self.total:,} {self.unit} ({self.done * 100 // self.total} %)"
        if self.done >= self.total or not self.done:
            return f"{self.description}: {share}, {elapsed:,.1f} s"
        left = (self.total - self.done) / speed
        return f"{self.description}: {share}, {speed:,.0f} {self.unit}/s, {left:,.0f} s left"

    def _write_line(self) -> None:
        self._last_line = self._clock()
        self._shown = self.done
        self._stream.write(self.line() + "\n")
        self._stream.flush()


def track(items: Iterable[T], description: str, *, total: int | None = None, unit: str = "rows") -> Iterator[T]:
    """Yield the items and show how many have been taken; `total` defaults to the length where there is one."""
    if total is None and isinstance(items, Sized):
        total = len(items)
    with Progress(description, total=total, unit=unit) as progress:
        for item in items:
            yield item
            progress.advance()
