"""The link to Redis: it finds lost connections and lost scripts out by using them, and leaves a broken Redis alone."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from apps.core import redis_link as module
from apps.core.rate_limits import Limit, count_limits
from apps.core.redis_link import RedisLink, Script, redis_link


def test_a_script_that_redis_has_forgotten_is_sent_whole() -> None:
    link = redis_link()
    script = Script("return {KEYS[1], ARGV[1], 'whole'}")
    link.redis.script_flush()
    assert [link.run(script, ["k"], [5]) for _ in range(2)] == [[b"k", b"5", b"whole"]] * 2


def test_connections_that_redis_has_closed_are_replaced() -> None:
    link = RedisLink(redis_link().redis, "p:")
    kept = [link.redis.connection_pool.get_connection() for _ in range(2)]
    link._idle.extend(kept)
    for connection in kept:
        connection.send_command("CLIENT", "ID")
        link.redis.client_kill_filter(_id=connection.read_response())
    assert link.send([("PING",)]) == [b"PONG"]
    assert len(link._idle) == 1
    assert link.send([("PING",), ("ECHO", "x")]) == [b"PONG", b"x"]


def test_an_answer_that_is_an_error_does_not_become_the_next_callers() -> None:
    link = redis_link()
    with pytest.raises(ResponseError):
        link.send([("SET", "k", "1"), ("NO-SUCH-COMMAND",), ("PING",)])
    assert link.send([("ECHO", "in order")]) == [b"in order"]


def test_after_a_failure_redis_rests_and_then_recovers_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, moments = RedisLink(redis_link().redis, "p:"), iter([0.0, 0.0, 0.5, 1.5])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(moments))

    def refuse(_: RedisLink) -> None:
        raise RedisConnectionError

    assert fresh.attempt(refuse) is None
    assert fresh.attempt(lambda link: pytest.fail("asked while resting")) is None
    assert fresh.attempt(lambda link: "again") == "again"


def test_a_redis_that_accepts_and_never_answers_costs_one_time_out(tmp_path: Path, settings: Any) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen(8)
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/s"}}
        started = time.monotonic()
        assert [count_limits([Limit("api", "{7}", 1, 60)]) for _ in range(20)] == [None] * 20
        assert time.monotonic() - started < 2.5
