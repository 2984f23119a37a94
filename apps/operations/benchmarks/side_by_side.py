"""Time two ways to the same rows from several threads, in turns."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from django.db import connection

from apps.operations.benchmarks.results import percentile

Call = Callable[[int], object]
Way = Callable[[], AbstractContextManager[Call]]


@dataclass(slots=True)
class Timings:
    """Milliseconds of every call of one way, round by round."""

    rounds: list[list[float]] = field(default_factory=list)

    def percentile(self, percent: int) -> float:
        """Return the percentile of the median round: a disturbed round does not decide."""
        found = sorted(percentile(milliseconds, percent) for milliseconds in self.rounds)
        return found[len(found) // 2]

    def spread(self, percent: int) -> float:
        """Return (largest - smallest) ÷ median of the rounds' percentiles."""
        found = [percentile(milliseconds, percent) for milliseconds in self.rounds]
        return (max(found) - min(found)) / self.percentile(percent)


def measure(ways: Sequence[Way], *, threads: int, calls: int, rounds: int) -> list[Timings]:
    """Return the timings of each way.

    A way is a context manager: each thread enters it once for a function of its own, with what that needs (a
    connection), and then calls that function `calls` times with a running number. The ways take turns within each
    round, so that a slow minute hits all of them. Errors: the first that a thread raises.
    """
    timings = [Timings() for _ in ways]
    for number in range(-1, rounds):
        for way, found in zip(ways, timings, strict=True):
            milliseconds = _run_threads(way, threads=threads, calls=calls if number >= 0 else max(calls // 5, 1))
            # The first turn warms caches, plans and pools.
            if number >= 0:
                found.rounds.append(milliseconds)
    return timings


def _run_threads(way: Way, *, threads: int, calls: int) -> list[float]:
    barrier = threading.Barrier(threads)
    milliseconds: list[list[float]] = [[] for _ in range(threads)]
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with way() as call:
                barrier.wait(60)
                for turn in range(calls):
                    started = time.perf_counter()
                    call(number * calls + turn)
                    milliseconds[number].append((time.perf_counter() - started) * 1000)
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            barrier.abort()
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(number,), name=f"benchmark-{number}") for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise next((error for error in errors if not isinstance(error, threading.BrokenBarrierError)), errors[0])
    return [one for each in milliseconds for one in each]
