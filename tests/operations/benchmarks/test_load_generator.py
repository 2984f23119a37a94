"""The load generator sends what it is told, on connections that stay open, and counts what comes back."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from apps.operations.benchmarks.load.answers import AnswerReader, BadAnswer
from apps.operations.benchmarks.load.balance import _surplus, balanced_connections
from apps.operations.benchmarks.load.generator import Generator, LoadResult, Order
from apps.operations.benchmarks.load.requests import request
from tests.operations.benchmarks.conftest import Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\n\r\n\r\r\n0\r\n\r\n"


def load(server: ScriptedServer, *, requests: list[bytes] | None = None, **options: Any) -> LoadResult:
    given: dict[str, Any] = {"connections": 3, "seconds": 0.2, **options}
    return Generator(Order("127.0.0.1", server.port, requests or [request("/")], **given)).run()


def test_connections_are_kept_and_requests_sent_in_turn(serve: Serve) -> None:
    server = serve(lambda connection, turn: [OK])
    sent = [request(f"/{number}", key="wl_a_b", etag='"x"') for number in range(3)]
    found = load(server, requests=sent, connections=1)
    assert (server.connections, found.errors, found.reconnects) == (1, 0, 0)
    assert server.requests[:4] == [*sent, sent[0]]
    assert found.statuses == {"200": found.requests}
    assert found.requests > 10
    assert 0 < found.p50 <= found.p95 <= found.p99
    assert found.per_second == pytest.approx(found.requests / found.seconds)


def test_whatever_is_neither_2xx_nor_304_is_an_error(serve: Serve) -> None:
    answers = [OK, b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", b"HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n"]
    found = load(serve(lambda connection, turn: [answers[turn % 3]]), connections=1)
    assert found.problem == "status 429"
    assert abs(found.errors - found.statuses["429"]) <= 1
    assert found.statuses["304"] > 1
    assert found.per_second < found.requests / found.seconds


def test_an_answer_that_closes_is_followed_by_a_new_connection(serve: Serve) -> None:
    server = serve(lambda connection, turn: [CLOSING])
    found = load(server, connections=1)
    assert found.errors == 0
    # The last connection may still wait to be accepted.
    assert 3 < server.connections <= found.reconnects + 1 <= server.connections + 1


def test_a_kept_connection_that_was_closed_is_no_error_and_the_request_is_sent_again(serve: Serve) -> None:
    found = load(serve(lambda connection, turn: [OK] if turn < 2 else None))
    assert found.errors == 0
    assert found.reconnects > 1


def test_an_answer_cut_short_is_an_error(serve: Serve) -> None:
    cut = CLOSING.replace(b"5", b"50")
    found = load(serve(lambda connection, turn: [cut]), connections=1)
    assert found.errors > 1
    assert found.problem == "a connection was closed in the middle of an answer"


def test_refused_connections_are_counted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = Generator(Order("127.0.0.1", port, [request("/")], connections=4, seconds=0.1)).run()
    assert (found.refused, found.requests) == (4, 0)


def test_seconds_of_warming_are_not_measured(serve: Serve) -> None:
    server = serve(lambda connection, turn: [OK])
    found = load(server, connections=1, seconds=0.05, warm_seconds=0.2)
    assert found.requests < len(server.requests) / 2


@pytest.mark.parametrize("answer", [OK, CHUNKED, b"HTTP/1.1 204 No Content\r\n\r\n"])
@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_answers_end_where_they_say_in_whatever_pieces(answer: bytes, piece: int) -> None:
    reader = AnswerReader()
    pieces = [answer[start : start + piece] for start in range(0, len(answer), piece)]
    assert [reader.feed(each) for each in pieces] == [False] * (len(pieces) - 1) + [True]
    assert reader.status == int(answer[9:12])
    reader.begin()
    assert reader.feed(OK)


def test_without_a_length_an_answer_lasts_until_the_connection_closes() -> None:
    reader = AnswerReader()
    assert not reader.feed(b"HTTP/1.0 200 OK\r\n\r\nhello")
    assert (reader.until_close, reader.closing) == (True, True)


@pytest.mark.parametrize("answer", [OK + b"!", b"SSH-2.0-OpenSSH", b"HTTP/1.1 abc\r\n\r\n", CHUNKED + b"x"])
def test_what_is_no_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(BadAnswer):
        AnswerReader().feed(answer)


def test_connections_beyond_a_workers_share_are_given_up(serve: Serve) -> None:
    server = serve(lambda connection, turn: [OK])
    opened, balanced = balanced_connections(lambda: socket.create_connection(("127.0.0.1", server.port)), 4, ())
    assert (len(opened), balanced) == (4, True)
    first, second, third, fourth = opened
    ports = [each.getsockname()[1] for each in opened]
    # Worker 1 holds three of four, and nobody has accepted the last one.
    assert _surplus(opened, {ports[0]: 1, ports[1]: 1, ports[2]: 1}, 2) == [third, fourth]
    assert _surplus(opened, {ports[0]: 1, ports[1]: 2, ports[2]: 1, ports[3]: 2}, 2) == []
    for each in (first, second, third, fourth):
        each.close()
