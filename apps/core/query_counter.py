"""Count the SQL statements of a block, and find the line of ours that sends the same one again and again."""

import asyncio
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from asgiref.sync import sync_to_async
from django.db import connections

PROJECT = Path(__file__).resolve().parents[2]
_CORE = str(PROJECT / "apps" / "core") + "/"
_OURS = tuple(str(PROJECT / folder) + "/" for folder in ("apps", "config", "tests", "locustfiles"))

# Tests run in an outer transaction, where atomic() becomes a savepoint: counting those would make a budget depend on
# who asks. BEGIN, COMMIT and set_config are below Django's cursor in our backend, but may also be sent by hand. The
# cache's upkeep falls to one request in some seconds, whichever it is.
_BOOKKEEPING = re.compile(
    r"\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|START\s+TRANSACTION|SET\s+CONSTRAINTS|SELECT\s+set_config\("
    r"|/\* cache upkeep \*/)",
    re.IGNORECASE,
)
_TEXTS = re.compile(r"'(?:[^']|'')*'")
_NUMBERS = re.compile(r"\b\d+(?:\.\d+)?\b")
_LISTS = re.compile(r"\(\s*(?:\?|%s)(?:\s*,\s*(?:\?|%s))+\s*\)")
_REPEATED_LISTS = re.compile(r"\((?:\?|…)\)(?:\s*,\s*\((?:\?|…)\))+")
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=4096)
def fingerprint(statement: str) -> str:
    """Return the shape of a statement: literals become ?, lists (…), white space one blank."""
    shape = _TEXTS.sub("?", statement)
    shape = _NUMBERS.sub("?", shape)
    shape = _LISTS.sub("(…)", shape)
    shape = _REPEATED_LISTS.sub("(…)", shape)
    return _SPACES.sub(" ", shape).strip()


@dataclass(frozen=True, slots=True)
class RecordedQuery:
    """One statement: its text with placeholders, its duration, and our line that sent it (`path:line function`)."""

    alias: str
    statement: str
    line: str
    started: float
    """time.perf_counter() when it was sent."""
    seconds: float

    @property
    def fingerprint(self) -> str:
        """The shape of the statement."""
        return fingerprint(self.statement)


@dataclass(frozen=True, slots=True)
class RepeatedQuery:
    """A shape that one line sent `times` times."""

    fingerprint: str
    line: str
    times: int


class TooManyQueries(AssertionError):
    """A block sent more statements than its budget; the message lists them with their lines."""


class QueryCounter:
    """Record the statements that a block sends through Django's connections of this thread.

    `with QueryCounter() as queries:` in sync code, `async with` in async code (where the ORM runs in asgiref's
    thread). Threads that the block starts itself have connections of their own and are not seen.
    """

    def __init__(self) -> None:
        self.queries: list[RecordedQuery] = []
        self._wrappers = ExitStack()
        self._task: asyncio.Task[Any] | None = None

    def __enter__(self) -> Self:
        for connection in connections.all():
            self._wrappers.enter_context(connection.execute_wrapper(self._record))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._wrappers.close()

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        return await sync_to_async(self.__enter__)()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await sync_to_async(self.__exit__)(kind, error, traceback)

    def __len__(self) -> int:
        return len(self.queries)

    def repeated(self, at_least: int = 2) -> list[RepeatedQuery]:
        """Return the shapes that one line sent several times, the most frequent first: a loop around a query."""
        counts = Counter((query.fingerprint, query.line) for query in self.queries)
        return [
            RepeatedQuery(fingerprint=shape, line=line, times=times)
            for (shape, line), times in counts.most_common()
            if times >= at_least
        ]

    def report(self) -> str:
        """Return one paragraph a shape: how often, from which line, how long in all, and the statement."""
        lines = [f"{len(self.queries)} queries"]
        for found in self.repeated(at_least=1):
            same = [
                query for query in self.queries if (query.fingerprint, query.line) == (found.fingerprint, found.line)
            ]
            milliseconds = sum(query.seconds for query in same) * 1000
            lines.append(f"{found.times} x {found.line} ({milliseconds:.1f} ms)\n      {found.fingerprint}")
        return "\n".join(lines)

    def assert_max_queries(self, budget: int) -> None:
        """Raise TooManyQueries, with the report, when the block sent more than `budget` statements."""
        if len(self.queries) > budget:
            raise TooManyQueries(f"budget {budget}, sent {self.report()}")

    def _record(
        self, execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        started = time.perf_counter()
        try:
            return execute(statement, params, many, context)
        finally:
            text = statement if isinstance(statement, str) else statement.as_string(None)
            if not _BOOKKEEPING.match(text):
                alias = context["connection"].alias
                seconds = time.perf_counter() - started
                self.queries.append(RecordedQuery(alias, text, self._line(), started, seconds))

    def _line(self) -> str:
        frame: FrameType | None = sys._getframe(2)
        mechanism = ""
        while frame is not None:
            path = frame.f_code.co_filename
            if path.startswith(_OURS):
                if not path.startswith(_CORE):
                    return _place(frame)
                mechanism = mechanism or (_place(frame) if path != __file__ else "")
            frame = frame.f_back
        return self._awaiting_line() or mechanism or "outside this project"

    def _awaiting_line(self) -> str:
        """Find the line in the coroutines that wait for this query: the database thread's own stack ends in asgiref."""
        found = ""
        waiting: Any = self._task.get_coro() if self._task else None
        while waiting is not None:
            frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "ag_frame", None)
            if frame is not None and frame.f_code.co_filename.startswith(_OURS):
                found = _place(frame)
            waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "ag_await", None)
        return found


def _place(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).relative_to(PROJECT)}:{frame.f_lineno} {frame.f_code.co_name}"
