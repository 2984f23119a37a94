"""Time the same call from several threads at once."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from django.db import connection

Call = Callable[[int], object]
Way = Callable[[], AbstractContextManager[Call]]

# The first calls of a thread open a connection, prepare statements and fill caches.
_WARMING_CALLS = 5
_BARRIER_SECONDS = 60


def time_threads(way: Way, *, threads: int, calls: int) -> list[float]:
    """Return the milliseconds of every call, thread by thread.

    A way is a context manager: each thread enters it once for a function of its own, with what that needs (a
    connection), warms it, waits for the others, and then calls it `calls` times with a running number.
    Errors: the first that a thread raises.
    """
    barrier = threading.Barrier(threads)
    milliseconds: list[list[float]] = [[] for _ in range(threads)]
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with way() as call:
                for turn in range(_WARMING_CALLS):
                    call(number * calls + turn)
                barrier.wait(_BARRIER_SECONDS)
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
