"""Measure how long and how much memory a block or function takes, sync or async alike."""

import functools
import inspect
import logging
import time
import tracemalloc
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from apps.core.metrics import Histogram

logger = logging.getLogger(__name__)
F = TypeVar("F", bound=Callable[..., Any])

_durations = Histogram("timed_seconds", "Duration of named blocks and functions", ["name"])


class _Measured:
    """A context manager that is a decorator too; a decorated function gets a fresh measurement for each call."""

    name: str

    def _fresh(self) -> "_Measured":
        raise NotImplementedError

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: F) -> F:
        if not self.name:
            self.name = f"{function.__module__}.{function.__qualname__}"

        @functools.wraps(function)
        async def measured_async(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():
                return await function(*args, **kwargs)

        @functools.wraps(function)
        def measured(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():
                return function(*args, **kwargs)

        return measured_async if inspect.iscoroutinefunction(function) else measured  # type: ignore[return-value]


class timed(_Measured):  # noqa: N801 - reads as a verb, as a decorator and in `with timed("import") as it`
    """Time a block or function; `seconds` holds the result, a histogram and, above `warn_seconds`, the log get it.

    The name becomes a metric label: constant text only.
    """

    def __init__(self, name: str = "", *, warn_seconds: float | None = None) -> None:
        self.name = name
        self.warn_seconds = warn_seconds
        self.seconds = 0.0
        self._started = 0.0

    def _fresh(self) -> "timed":
        return timed(self.name, warn_seconds=self.warn_seconds)

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.seconds = time.perf_counter() - self._started
        _durations.observe(self.seconds, name=self.name)
        if self.warn_seconds is not None and self.seconds > self.warn_seconds:
            logger.warning("%s took %.3f s, more than %.3f s", self.name, self.seconds, self.warn_seconds)


class track_memory(_Measured):  # noqa: N801 - as above
    """Measure the memory that Python allocates in a block or function: `peak_bytes` and `kept_bytes`.

    tracemalloc makes allocations several times slower: for finding a leak, not for every request. It counts the whole
    process, so other threads' allocations are in the figures; blocks may be nested, the inner one resets the peak.
    """

    def __init__(self, name: str = "", *, warn_bytes: int | None = None) -> None:
        self.name = name
        self.warn_bytes = warn_bytes
        self.peak_bytes = 0
        self.kept_bytes = 0
        self._before = 0
        self._ours = False

    def _fresh(self) -> "track_memory":
        return track_memory(self.name, warn_bytes=self.warn_bytes)

    def __enter__(self) -> Self:
        self._ours = not tracemalloc.is_tracing()
        if self._ours:
            tracemalloc.start()
        tracemalloc.reset_peak()
        self._before, _ = tracemalloc.get_traced_memory()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        now, peak = tracemalloc.get_traced_memory()
        self.peak_bytes = max(peak - self._before, 0)
        self.kept_bytes = now - self._before
        if self._ours:
            tracemalloc.stop()
        if self.warn_bytes is not None and self.peak_bytes > self.warn_bytes:
            logger.warning("%s took %d bytes, more than %d", self.name, self.peak_bytes, self.warn_bytes)
