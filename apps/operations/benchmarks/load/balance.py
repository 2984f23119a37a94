"""Spread connections evenly over a server's worker processes.

Which worker accepts a connection is chance, and a kept connection stays where it is: ten of them may all lie with one
worker of two, and the machine's other core is idle. Such a round would say something about chance, not about the
product; so connections are opened until every worker has its share.
"""

import socket
import time
from collections.abc import Callable, Sequence

import psutil

_LONGEST_SECONDS = 20.0
_PAUSE_SECONDS = 0.02


def balanced_connections(
    connect: Callable[[], socket.socket], wanted: int, workers: Sequence[int]
) -> tuple[list[socket.socket], bool]:
    """Open connections, evenly over the processes in `workers`, and say whether that was reached.

    Without workers, or where the system does not tell who holds a connection, they stay as they fall. Connections that
    are refused are missing.
    """
    opened = _open(connect, wanted)
    if not workers or len(opened) < wanted:
        return opened, not workers
    most = -(-wanted // len(workers))
    deadline = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
        try:
            holders = _holders(workers)
        except (psutil.Error, OSError):
            return opened, False
        surplus = _surplus(opened, holders, most)
        if not surplus:
            return opened, True
        for unwanted in surplus:
            opened.remove(unwanted)
            unwanted.close()
        opened += _open(connect, wanted - len(opened))
    return opened, False


def _open(connect: Callable[[], socket.socket], count: int) -> list[socket.socket]:
    opened = []
    for _ in range(count):
        try:
            opened.append(connect())
        except OSError:
            continue
    return opened


def _holders(workers: Sequence[int]) -> dict[int, int]:
    """Return which worker holds the connection from a local port."""
    return {
        found.raddr.port: worker
        for worker in workers
        for found in psutil.Process(worker).net_connections("tcp")
        if found.raddr
    }


def _surplus(opened: list[socket.socket], holders: dict[int, int], most: int) -> list[socket.socket]:
    """Return the connections that nobody has accepted yet, and those beyond a worker's share."""
    found = []
    held: dict[int, int] = {}
    for each in opened:
        worker = holders.get(each.getsockname()[1])
        if worker is None or held.get(worker, 0) >= most:
            found.append(each)
        else:
            held[worker] = held.get(worker, 0) + 1
    return found
