"""Send the same requests over and over on connections that stay open, and time the answers.

A process of its own, started by load.client: `python -m apps.operations.benchmarks.load.generator`, with a pickled
Order on standard input and a LoadResult as JSON on standard output. One thread and one selector: what the generator
itself costs is told with the result, and is the same for everything that it measures.
"""

import gc
import json
import pickle
import selectors
import socket
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice

from apps.operations.benchmarks.load.answers import AnswerReader, BadAnswer
from apps.operations.benchmarks.load.balance import balanced_connections

_READ_BYTES = 256 * 1024
_CONNECT_SECONDS = 10.0
# An answer that takes longer than this is an error; the servers' own time-outs are longer.
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Order:
    """What to send where: whole requests as bytes, sent in turn. `workers`: spread over these processes evenly."""

    host: str
    port: int
    requests: list[bytes]
    connections: int
    seconds: float
    warm_seconds: float = 0.0
    first: int = 0
    workers: tuple[int, ...] = ()


@dataclass(slots=True)
class LoadResult:
    """What came of it; latencies in milliseconds, `cpu_share` of one core."""

    requests: int = 0
    seconds: float = 0.0
    errors: int = 0
    refused: int = 0
    reconnects: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    mean: float = 0.0
    cpu_share: float = 0.0
    balanced: bool = True
    problem: str = ""

    @property
    def per_second(self) -> float:
        """Good answers a second."""
        return (self.requests - self.errors) / self.seconds if self.seconds else 0.0


class _Connection:
    __slots__ = ("reader", "request", "sent_at", "socket", "used")

    def __init__(self, opened: socket.socket) -> None:
        self.socket = opened
        self.reader = AnswerReader()
        self.request = b""
        self.sent_at = 0.0
        self.used = False


class Generator:
    """One run of an order."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.result = LoadResult()
        self._selector = selectors.DefaultSelector()
        self._requests: Iterator[bytes] = islice(cycle(order.requests), order.first, None)
        self._latencies = array("d")
        self._statuses: Counter[int] = Counter()
        self._measuring_from = 0.0
        self._waiting = 0

    def run(self) -> LoadResult:
        """Open the connections, send until the time is up, wait for the last answers."""
        sockets, self.result.balanced = balanced_connections(self._connect, self.order.connections, self.order.workers)
        self.result.refused = self.order.connections - len(sockets)
        started = time.perf_counter()
        self._measuring_from = started + self.order.warm_seconds
        ends = self._measuring_from + self.order.seconds
        cpu = time.process_time()
        for opened in sockets:
            connection = _Connection(opened)
            self._selector.register(opened, selectors.EVENT_READ, connection)
            self._send(connection)
        self._drive(ends)
        finished = time.perf_counter()
        self._summarise(min(finished, ends) - self._measuring_from)
        self.result.cpu_share = (time.process_time() - cpu) / (finished - started)
        return self.result

    def _connect(self) -> socket.socket:
        opened = socket.create_connection((self.order.host, self.order.port), _CONNECT_SECONDS)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setblocking(False)
        return opened

    def _drive(self, ends: float) -> None:
        """Answer by answer until the end, then until nothing is awaited any more."""
        patience = ends + _PATIENCE_SECONDS
        while self._waiting:
            ready = self._selector.select(1.0)
            now = time.perf_counter()
            if now > patience:
                self.result.errors += self._waiting
                self.result.problem = f"{self._waiting} requests without an answer after {_PATIENCE_SECONDS:.0f} s"
                return
            for key, _ in ready:
                connection: _Connection = key.data
                if self._receive(connection):
                    now = time.perf_counter()
                    self._count(connection, now, ends)
                    if now < ends:
                        self._go_on(connection)

    def _send(self, connection: _Connection) -> None:
        connection.request = next(self._requests)
        self._waiting += 1
        self._transmit(connection)

    def _transmit(self, connection: _Connection) -> None:
        connection.reader.begin()
        connection.sent_at = time.perf_counter()
        try:
            # Requests are far smaller than an empty send buffer: all of it goes at once.
            if connection.socket.send(connection.request) != len(connection.request):
                raise BadAnswer("a request did not fit into the send buffer")
        except (BrokenPipeError, ConnectionResetError):
            self._replace(connection)
            connection.used = False
            connection.socket.send(connection.request)

    def _receive(self, connection: _Connection) -> bool:
        """Return whether the request is answered, well or not."""
        reader = connection.reader
        try:
            data = connection.socket.recv(_READ_BYTES)
            if data:
                return reader.feed(data)
            if reader.until_close:
                return True
        except BlockingIOError:
            return False
        except (BadAnswer, ValueError) as error:
            self.result.problem = str(error)
            reader.status, reader.closing = 0, True
            return True
        except OSError:
            pass
        return self._lost(connection)

    def _lost(self, connection: _Connection) -> bool:
        """A kept connection may be closed as we write to it (RFC 9112, 9.3.1): such a request is sent again."""
        if connection.used and not connection.reader.started:
            self._replace(connection)
            connection.used = False
            self._transmit(connection)
            return False
        self.result.problem = "a connection was closed in the middle of an answer"
        connection.reader.status, connection.reader.closing = 0, True
        return True

    def _count(self, connection: _Connection, now: float, ends: float) -> None:
        self._waiting -= 1
        connection.used = True
        status = connection.reader.status
        if not (200 <= status < 300 or status == 304):
            self.result.errors += 1
            self.result.problem = self.result.problem or f"status {status}"
        if self._measuring_from <= now <= ends:
            self._statuses[status] += 1
            self._latencies.append((now - connection.sent_at) * 1000)

    def _go_on(self, connection: _Connection) -> None:
        if connection.reader.closing:
            self._replace(connection)
        self._send(connection)

    def _replace(self, connection: _Connection) -> None:
        self.result.reconnects += 1
        self._selector.unregister(connection.socket)
        connection.socket.close()
        connection.socket = self._connect()
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def _summarise(self, seconds: float) -> None:
        found = sorted(self._latencies)
        self.result.requests = len(found)
        self.result.seconds = seconds
        self.result.statuses = {str(status): count for status, count in sorted(self._statuses.items())}
        if found:
            self.result.mean = sum(found) / len(found)
            self.result.p50, self.result.p95, self.result.p99 = (
                found[min(int(len(found) * share), len(found) - 1)] for share in (0.50, 0.95, 0.99)
            )


def main() -> None:
    """Run the order on standard input."""
    order: Order = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own parent process
    # Nothing here makes cycles; a collection would only add to somebody's latency.
    gc.disable()
    json.dump(asdict(Generator(order).run()), sys.stdout)


if __name__ == "__main__":
    main()
