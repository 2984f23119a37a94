"""A web server that answers by a script, and a city that has something to measure."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from apps.core import clock
from apps.issues.models import Issue
from apps.reports.models import Report
from apps.tenants.scoping import tenant_scope
from tests.conftest import City, make_city

# Given the connection's and the request's number, each from 0: the answer, in pieces; None closes the connection.
Script = Callable[[int, int], list[bytes] | None]


class ScriptedServer:
    """Listens on a free port and counts what comes."""

    def __init__(self, script: Script) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(accepted, self.connections), daemon=True).start()
            self.connections += 1

    def _serve(self, accepted: socket.socket, number: int) -> None:
        with accepted:
            turn = 0
            while (request := accepted.recv(65536)) and (pieces := self._script(number, turn)) is not None:
                self.requests.append(request)
                for piece in pieces:
                    accepted.sendall(piece)
                if b"Connection: close" in pieces[0]:
                    return
                turn += 1

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Script], ScriptedServer]]:
    """Return a function that starts a server by its script."""
    servers: list[ScriptedServer] = []

    def start(script: Script) -> ScriptedServer:
        servers.append(ScriptedServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def measured_city(transactional_db: None) -> City:
    """A city with four issues, of three reports each, that other processes see too."""
    city = make_city("riverton", "Riverton", "America/New_York")
    now = clock.now()
    moments = {"first_report_at": now, "last_report_at": now, "updated_at": now}
    with tenant_scope(city.id):
        for number in range(1, 5):
            issue = Issue.objects.create(number=number, title="hole", severity="low", report_count=3, **moments)
            for _ in range(3):
                Report.objects.create(issue=issue, received_at=now, updated_at=now)
    return city
