"""Spread jobs over processes of their own, hear how far they are, and stop them all when one fails or Ctrl-C comes.

Knows nothing of what the jobs do. Inventing and storing reports takes Python and PostgreSQL about equally long, one
after the other; with a process a core neither waits for the other.
"""

import multiprocessing
import os
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from typing import Any, TypeVar

import django
from django.db import connections

Job = TypeVar("Job")
Result = TypeVar("Result")
Heard = Callable[[int], None]
_PATIENCE_SECONDS = 0.2

# In a process of the crew: where to tell of progress, and whether to stop. Set once, by `_begin`.
_line: "multiprocessing.Queue[int] | None" = None
_stop: Event | None = None


class CrewFailed(RuntimeError):
    """A job of the crew failed; carries its traceback, for exceptions do not always travel between processes."""


class Stopped(RuntimeError):
    """This job was asked to stop because another one failed."""


def work_through(
    work: Callable[[Job, Heard], Result], jobs: Sequence[Job], *, workers: int, heard: Heard
) -> list[Result]:
    """Return work(job, heard) of every job, in the order of the jobs; they are begun in that order.

    With one worker, or one job, everything happens in this process. `work` and the jobs must be picklable otherwise.
    `heard` is called in this process with whatever the jobs told.
    Errors: with one worker whatever `work` raises; with several CrewFailed. KeyboardInterrupt leaves when the jobs
    have reached their next word of progress.
    """
    if min(workers, len(jobs)) <= 1:
        return [work(job, heard) for job in jobs]
    context = multiprocessing.get_context("spawn")
    line: multiprocessing.Queue[int] = context.Queue()
    stop = context.Event()
    database = str(connections["default"].settings_dict["NAME"])
    with ProcessPoolExecutor(
        max_workers=min(workers, len(jobs)), mp_context=context, initializer=_begin, initargs=(line, stop, database)
    ) as pool:
        futures = [pool.submit(_run, work, job) for job in jobs]
        try:
            _listen(futures, line, heard)
        except BrokenProcessPool as error:
            raise CrewFailed("a process was killed from outside, perhaps for want of memory") from error
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def _listen(futures: "Sequence[Future[Any]]", line: "multiprocessing.Queue[int]", heard: Heard) -> None:
    """Pass progress on until all jobs are done; raise what the first failing one raised."""
    while True:
        done = [future for future in futures if future.done()]
        for future in done:
            future.result()
        try:
            heard(line.get(timeout=_PATIENCE_SECONDS))
        except queue.Empty:
            if len(done) == len(futures):
                return


def _begin(line: "multiprocessing.Queue[int]", stop: Event, database: str) -> None:
    """Prepare a process: Django with the parent's database, which in tests is not the settings' one."""
    global _line, _stop  # the one way by which a pool hands its processes what cannot be pickled
    _line, _stop = line, stop
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # When jobs are given up, nobody reads their last words, and the process need not wait for that.
    line.cancel_join_thread()
    # Ctrl-C is the parent's to hear: it lets the jobs reach a commit.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    django.setup()
    for connection in connections.all():
        connection.settings_dict["NAME"] = database


def _end_with_parent() -> None:
    """End at once when the parent was killed: its pool cannot tell the processes any more, and they would stay."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(work: Callable[[Any, Heard], Any], job: Any) -> Any:
    try:
        return work(job, _tell)
    except Exception as error:
        raise CrewFailed(traceback.format_exc()) from error


def _tell(amount: int) -> None:
    if _line is not None:
        _line.put(amount)
    if _stop is not None and _stop.is_set():
        raise Stopped("another job failed")
