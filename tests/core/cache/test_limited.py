"""Limits and cached bytes in one round trip."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.core.cache import Limited, bump_tags, forget_process, limited_get_or_set
from apps.core.cache.client import client
from apps.core.rate_limits import Limit, Usage, count_limits
from apps.core.redis_link import redis_link
from tests.core.cache.conftest import with_commit

API = Limit("api", "{7}:key:1", requests=3, seconds=60)
SEARCH = Limit("search", "{7}:key:1", requests=1, seconds=60)


class Body:
    def __init__(self) -> None:
        self.computed = 0

    def __call__(self) -> bytes:
        self.computed += 1
        return b"body %d" % self.computed

    def read(self, *limits: Limit, key: str = "api:{7}:list") -> Limited:
        tags = ["reports:{7}", "services:{7}"]
        return limited_get_or_set(limits=limits, key=key, tags=tags, kind="lists", compute=self)


@pytest.fixture
def body() -> Body:
    return Body()


def test_each_read_counts_and_the_one_too_many_reads_and_computes_nothing(
    db: None, body: Body, packets: list[list[Any]]
) -> None:
    answers = [body.read(API) for _ in range(4)]
    assert [answer.value for answer in answers] == [b"body 1", b"body 1", b"body 1", None]
    usages = [answer.usage for answer in answers if answer.usage]
    assert [(usage.count, usage.remaining, usage.exceeded) for usage in usages] == [
        (1, 2, False),
        (2, 1, False),
        (3, 0, False),
        (4, 0, True),
    ]
    assert {usage.limit for usage in usages} == {3}
    assert all(0 < usage.seconds_left <= 60 for usage in usages)
    packets.clear()
    assert body.read(API, key="api:{7}:other").value is None
    assert (len(packets), body.computed) == (1, 1)
    assert redis_link().redis.exists(client.key("lease:api:{7}:other")) == 0


def test_the_tightest_limit_is_told_and_all_are_counted(db: None, body: Body) -> None:
    assert body.read(API, SEARCH).usage == Usage(1, 1, 60)
    assert body.read(API, SEARCH) == Limited(Usage(1, 2, 60), None)
    assert count_limits([API]) == Usage(3, 3, 60)
    assert count_limits([]) is None
    assert body.read().usage is None


def test_callers_and_windows_are_counted_apart() -> None:
    other = Limit("api", "{7}:key:2", requests=3, seconds=60)
    assert [count_limits([limit]) for limit in (API, other, SEARCH)] == [
        Usage(3, 1, 60),
        Usage(3, 1, 60),
        Usage(1, 1, 60),
    ]
    redis = redis_link().redis
    redis.pexpire(client.key(API.key), 1)
    while redis.exists(client.key(API.key)):
        pass
    assert count_limits([API]) == Usage(3, 1, 60)
    # A counter that has lost its end would never let anybody in again.
    redis.persist(client.key(API.key))
    assert count_limits([API]) == Usage(3, 2, 60)


def test_a_bump_is_seen_and_misses_are_counted_once(db: None, body: Body) -> None:
    assert [body.read(API).value, body.read(API).value] == [b"body 1", b"body 1"]
    with_commit(lambda: bump_tags(["services:{7}"]))
    found = body.read(API)
    assert (found.value, found.usage) == (b"body 2", Usage(3, 3, 60))


def test_what_the_process_holds_is_not_sent_again(db: None, body: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = []
    send = type(redis_link()).send

    def seen(self: Any, commands: Any) -> Any:
        answers.append(send(self, commands)[0])
        return [answers[-1]]

    body.read()
    monkeypatch.setattr(type(redis_link()), "send", seen)
    assert body.read().value == b"body 1"
    forget_process()
    assert [body.read().value, body.read().value] == [b"body 1", b"body 1"]
    held, found, held_again = answers
    assert held == held_again == [1]
    assert found[1].endswith(b"body 1")
    # Gone from Redis: gone.
    redis_link().redis.delete(client.key("entry:api:{7}:list"))
    assert body.read().value == b"body 2"


def test_with_the_cache_off_limits_are_counted_and_answers_stay_the_same(db: None, body: Body, settings: Any) -> None:
    settings.CACHE_ENABLED = False
    assert [body.read(API).value for _ in range(4)] == [b"body 1", b"body 2", b"body 3", None]


def test_with_redis_away_everybody_is_let_in_and_it_recovers(
    db: None, body: Body, redis_away: Callable[[], None]
) -> None:
    assert [body.read(SEARCH) for _ in range(2)] == [Limited(None, b"body 1"), Limited(None, b"body 2")]
    assert count_limits([SEARCH]) is None
    redis_away()
    assert body.read(SEARCH) == Limited(Usage(1, 1, 60), b"body 3")
