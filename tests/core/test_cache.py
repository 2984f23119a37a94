"""The tagged cache: right after every write, quiet when Redis is away."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django_redis import get_redis_connection
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.core.cache import bump_tags, cache_statistics, tagged_get_or_set
from apps.core.cache import client as client_module
from apps.core.cache.client import CacheClient, client
from apps.core.cache.statistics import flush
from tests.conftest import City

Commit = Callable[..., Any]


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    client.wake()
    flush()
    caches["default"].clear()
    yield
    client.wake()


class Answer:
    """Computes 1, 2, 3, … and so shows how often it was asked."""

    def __init__(self) -> None:
        self.computed = 0

    def __call__(self) -> int:
        self.computed += 1
        return self.computed

    def read(self, key: str = "dashboard:7", tags: tuple[str, ...] = ("reports:7", "issues:7"), **options: Any) -> int:
        return tagged_get_or_set(key=key, tags=tags, kind="statistics", compute=self, **options)


@pytest.fixture
def answer() -> Answer:
    return Answer()


@pytest.fixture
def redis_away(settings: Any) -> Iterator[Callable[[], None]]:
    """Point the cache at a socket that nobody listens on; the returned function brings Redis back."""
    original = settings.CACHES
    broken = {**original["default"], "LOCATION": "unix:///nonexistent/valkey.sock"}

    def back() -> None:
        settings.CACHES = original
        client.wake()

    settings.CACHES = {"default": broken}
    yield back
    back()


def test_second_read_is_a_hit_and_any_of_its_tags_ends_that(db: None, answer: Answer) -> None:
    assert [answer.read(), answer.read()] == [1, 1]
    for expected, tag in ((2, "reports:7"), (3, "issues:7")):
        with_commit(lambda tag=tag: bump_tags([tag]))
        assert [answer.read(), answer.read()] == [expected, expected]
    with_commit(lambda: bump_tags(["reports:8"]))
    assert answer.read() == 3


def with_commit(write: Callable[[], None]) -> None:
    """Run a write as a transaction that commits, inside the transaction of the test."""
    before = len(connection.run_on_commit)
    write()
    due = connection.run_on_commit[before:]
    del connection.run_on_commit[before:]
    for _, run, _ in due:
        run()


def test_none_and_rich_values_are_kept(db: None) -> None:
    computed = []
    for value in (None, {"a": (1, 2.5)}, b"\x00bytes"):
        for _ in range(2):
            got = tagged_get_or_set(
                key=f"k:{value!r}", tags=[], kind="lists", compute=lambda value=value: computed.append(1) or value
            )
            assert got == value
    assert len(computed) == 3


def test_value_computed_from_rows_older_than_a_write_is_never_found(db: None, answer: Answer) -> None:
    def slow() -> str:
        # The write commits after the rows were read and before the value is stored.
        with_commit(lambda: bump_tags(["reports:7"]))
        return "old"

    assert tagged_get_or_set(key="dashboard:7", tags=["reports:7"], kind="statistics", compute=slow) == "old"
    assert answer.read(tags=("reports:7",)) == 1


def test_own_uncommitted_changes_are_not_given_to_others(db: None, answer: Answer) -> None:
    answer.read()
    with transaction.atomic():
        bump_tags(["reports:7"])
        assert answer.read() == 2
        transaction.set_rollback(True)
    assert answer.read() == 1


def test_rolled_back_savepoint_takes_only_its_own_bumps(db: None, answer: Answer) -> None:
    def write() -> None:
        bump_tags(["reports:7"])
        with transaction.atomic():
            bump_tags(["issues:7", "x"])
            transaction.set_rollback(True)

    answer.read(key="a", tags=("reports:7",))
    answer.read(key="b", tags=("issues:7",))
    with_commit(write)
    assert answer.read(key="b", tags=("issues:7",)) == 2
    assert answer.read(key="a", tags=("reports:7",)) == 3


def test_many_bumps_of_a_transaction_become_one(db: None) -> None:
    before = len(connection.run_on_commit)
    for number in range(50):
        bump_tags([f"reports:{number}"])
    assert len(connection.run_on_commit) == before + 1


@pytest.mark.django_db(transaction=True)
def test_write_is_visible_to_the_next_read_under_concurrency(city: City) -> None:
    """Writers raise a row and bump; after each commit its writer must read its own value or a later one."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tenants SET name = '0' WHERE id = %s", [city.id])
    stale: list[tuple[int, int]] = []

    def stored() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name::int FROM tenants WHERE id = %s", [city.id])
            return int(cursor.fetchone()[0])

    def read() -> int:
        return tagged_get_or_set(key="count", tags=["count"], kind="lists", compute=stored)

    def write() -> None:
        try:
            for _ in range(40):
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE tenants SET name = (name::int + 1)::text WHERE id = %s RETURNING name::int", [city.id]
                    )
                    mine = cursor.fetchone()[0]
                    bump_tags(["count"])
                if (seen := read()) < mine:
                    stale.append((mine, seen))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stale == []
    assert read() == 160


def test_hit_is_one_round_trip_with_five_tags_and_a_bump_is_one_with_a_thousand_entries(
    db: None, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = tuple(f"tag:{n}" for n in range(5))
    for number in range(1_000):
        answer.read(key=f"page:{number}", tags=tags)
    # Counted where they leave this process: the server counts other test processes' commands too.
    sent: list[int] = []
    send = AbstractConnection.send_packed_command

    def counted(self: AbstractConnection, *packed: Any, **options: Any) -> Any:
        sent.append(1)
        return send(self, *packed, **options)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", counted)
    answer.read(key="page:5", tags=tags)
    assert len(sent) == 1
    sent.clear()
    with_commit(lambda: bump_tags(["tag:0"]))
    assert len(sent) == 1
    assert answer.computed == 1_000
    assert answer.read(key="page:5", tags=tags) == 1_001


def test_lost_tag_versions_never_bring_an_old_value_back(db: None, answer: Answer) -> None:
    answer.read()
    with_commit(lambda: bump_tags(["reports:7"]))
    redis = get_redis_connection("default")
    redis.delete(client.key("tag:reports:7"), client.key("tag:issues:7"))
    assert answer.read() == 2


def test_unreadable_entry_is_recomputed(db: None, answer: Answer) -> None:
    answer.read(tags=())
    redis = get_redis_connection("default")
    key = client.key("entry:dashboard:7")
    redis.set(key, redis.get(key)[:2] + b"cno_such_module\nThing\n.")
    assert answer.read(tags=()) == 2
    assert answer.read(tags=()) == 2


def test_entries_expire_by_kind_or_by_the_given_ttl(db: None, answer: Answer, settings: Any) -> None:
    answer.read(key="a")
    answer.read(key="b", ttl=7)
    redis = get_redis_connection("default")
    assert settings.CACHE_TTLS["statistics"] - 5 < redis.ttl(client.key("entry:a")) <= settings.CACHE_TTLS["statistics"]
    assert 0 < redis.ttl(client.key("entry:b")) <= 7
    with pytest.raises(ValueError, match="unknown kind of cache entry 'novels'"):
        tagged_get_or_set(key="a", tags=[], kind="novels", compute=answer)


def test_switched_off_cache_computes_every_time(db: None, answer: Answer, settings: Any) -> None:
    settings.CACHE_ENABLED = False
    assert [answer.read(), answer.read()] == [1, 2]


def test_without_redis_every_read_computes_and_the_bump_is_paid_on_its_return(
    db: None, answer: Answer, redis_away: Callable[[], None], settings: Any
) -> None:
    redis_away()
    assert answer.read() == 1
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nonexistent/valkey.sock"}}
    with_commit(lambda: bump_tags(["reports:7"]))
    assert [answer.read(), answer.read()] == [2, 3]
    assert cache_statistics().available is False
    redis_away()
    assert [answer.read(), answer.read()] == [4, 4]


def test_after_a_failure_redis_rests_and_then_recovers_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, moments = CacheClient(), iter([0.0, 0.0, 0.5, 1.5])
    monkeypatch.setattr(client_module.time, "monotonic", lambda: next(moments))

    def refuse(_: Any) -> None:
        raise RedisConnectionError

    assert fresh.attempt(refuse) is None
    assert fresh.attempt(lambda redis: pytest.fail("asked while resting")) is None
    assert fresh.attempt(lambda redis: "again") == "again"


def test_bump_made_while_the_same_tag_is_being_paid_stays_owed() -> None:
    fresh = CacheClient()
    redis = get_redis_connection("default")

    class Paying:
        """Redis during whose answer another thread commits a write under the same tag."""

        def pipeline(self, *, transaction: bool) -> Any:
            real = redis.pipeline(transaction=transaction)
            execute = real.execute

            def bumped_meanwhile() -> Any:
                result = execute()
                fresh._owed["reports:7"] = next(fresh._bumps)
                return result

            real.execute = bumped_meanwhile
            return real

    fresh._owed["reports:7"] = next(fresh._bumps)
    fresh._pay(Paying())  # type: ignore[arg-type]
    assert "reports:7" in fresh._owed
    fresh._pay(redis)
    assert fresh._owed == {}


def test_statistics_count_hits_misses_and_bypasses_by_kind(db: None, answer: Answer, settings: Any) -> None:
    for _ in range(4):
        answer.read()
    settings.CACHE_ENABLED = False
    answer.read()
    statistics = cache_statistics()
    (kind,) = statistics.kinds
    assert (kind.kind, kind.hits, kind.misses, kind.bypassed, kind.errors) == ("statistics", 3, 1, 1, 0)
    assert statistics.hit_rate == kind.hit_rate == 0.75
    assert statistics.keys >= 3
    assert statistics.used_memory_bytes > 0
