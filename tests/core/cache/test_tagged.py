"""The tagged cache: right after every write, quiet when Redis is away."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django_redis import get_redis_connection

from apps.core.cache import bump_tags, cache_statistics, forget_process, invalidate_pattern, tagged_get_or_set
from apps.core.cache.client import CacheClient, client
from apps.core.redis_link import redis_link
from tests.conftest import City
from tests.core.cache.conftest import Answer, with_commit


def test_second_read_is_a_hit_and_any_of_its_tags_ends_that(db: None, answer: Answer) -> None:
    assert [answer.read(), answer.read()] == [1, 1]
    for expected, tag in ((2, "reports:{7}"), (3, "issues:{7}")):
        with_commit(lambda tag=tag: bump_tags([tag]))
        assert [answer.read(), answer.read()] == [expected, expected]
    with_commit(lambda: bump_tags(["reports:{8}"]))
    assert answer.read() == 3


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
        with_commit(lambda: bump_tags(["reports:{7}"]))
        return "old"

    assert tagged_get_or_set(key="dashboard:{7}", tags=["reports:{7}"], kind="statistics", compute=slow) == "old"
    assert answer.read(tags=("reports:{7}",)) == 1


def test_own_uncommitted_changes_are_not_given_to_others(db: None, answer: Answer) -> None:
    answer.read()
    with transaction.atomic():
        bump_tags(["reports:{7}"])
        assert answer.read() == 2
        transaction.set_rollback(True)
    assert answer.read() == 1


def test_rolled_back_savepoint_takes_only_its_own_bumps(db: None, answer: Answer) -> None:
    def write() -> None:
        bump_tags(["reports:{7}"])
        with transaction.atomic():
            bump_tags(["issues:{7}", "x"])
            transaction.set_rollback(True)

    answer.read(key="a", tags=("reports:{7}",))
    answer.read(key="b", tags=("issues:{7}",))
    with_commit(write)
    assert answer.read(key="b", tags=("issues:{7}",)) == 2
    assert answer.read(key="a", tags=("reports:{7}",)) == 3


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


def test_a_hit_under_five_tags_is_one_packet(db: None, answer: Answer, packets: list[list[Any]]) -> None:
    tags = tuple(f"tag{n}:{{7}}" for n in range(5))
    for level in ("redis", "local", "redis"):
        answer.read(tags=tags)
        if level == "redis":
            forget_process()
        packets.clear()
        answer.read(tags=tags)
        assert [len(packet) for packet in packets] == [1]
    assert answer.computed == 1


def test_a_tag_over_a_hundred_thousand_entries_is_bumped_by_one_write(
    db: None, answer: Answer, packets: list[list[Any]]
) -> None:
    answer.read(key="page:{7}:0", tags=("pages:{7}",))
    link = redis_link()
    entry = link.redis.get(client.key("entry:page:{7}:0"))
    link.redis.mset({client.key(f"entry:page:{{7}}:{number}"): entry for number in range(1, 100_000)})
    assert answer.read(key="page:{7}:99999", tags=("pages:{7}",)) == 1
    packets.clear()
    with_commit(lambda: bump_tags(["pages:{7}"]))
    ((bump,),) = packets
    assert bump[:2] == ("SET", client.key("tag:pages:{7}"))
    assert [answer.read(key=f"page:{{7}}:{n}", tags=("pages:{7}",)) for n in (0, 5, 99_999)] == [2, 3, 4]


def test_entries_of_a_pattern_are_removed_on_both_levels(db: None, answer: Answer) -> None:
    for key in ("dashboard:{7}:30", "dashboard:{7}:365", "dashboard:{71}:30"):
        answer.read(key=key, tags=())
    assert invalidate_pattern("dashboard:{7}:*") == 2
    assert answer.read(key="dashboard:{71}:30", tags=()) == 3
    assert answer.read(key="dashboard:{7}:30", tags=()) == 4
    # What this process holds is not taken for the entry that another process has stored since.
    redis = redis_link().redis
    key = client.key("entry:dashboard:{7}:30")
    entry = redis.get(key)
    redis.set(key, entry[:10] + bytes(16) + entry[26:-2] + b"\x09.")
    assert answer.read(key="dashboard:{7}:30", tags=()) == 9


def test_lost_tag_versions_never_bring_an_old_value_back(db: None, answer: Answer) -> None:
    answer.read()
    with_commit(lambda: bump_tags(["reports:{7}"]))
    redis = get_redis_connection("default")
    redis.delete(client.key("tag:reports:{7}"), client.key("tag:issues:{7}"))
    assert answer.read() == 2


def test_unreadable_entry_is_recomputed(db: None, answer: Answer) -> None:
    answer.read(tags=())
    redis = get_redis_connection("default")
    key = client.key("entry:dashboard:{7}")
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
    with_commit(lambda: bump_tags(["reports:{7}"]))
    assert [answer.read(), answer.read()] == [2, 3]
    assert cache_statistics().available is False
    redis_away()
    assert [answer.read(), answer.read()] == [4, 4]


def test_bump_made_while_the_same_tag_is_being_paid_stays_owed() -> None:
    fresh = CacheClient()
    link = redis_link()

    class Paying:
        """Redis during whose answer another thread commits a write under the same tag."""

        prefix = link.prefix

        def send(self, commands: Any) -> Any:
            fresh._owed["reports:{7}"] = next(fresh._bumps)
            return link.send(commands)

    fresh._owed["reports:{7}"] = next(fresh._bumps)
    fresh._pay(Paying())  # type: ignore[arg-type]
    assert "reports:{7}" in fresh._owed
    fresh._pay(link)
    assert fresh._owed == {}


def test_statistics_count_hits_misses_and_bypasses_by_kind(db: None, answer: Answer, settings: Any) -> None:
    for _ in range(4):
        answer.read()
    forget_process()
    answer.read()
    settings.CACHE_ENABLED = False
    answer.read()
    statistics = cache_statistics()
    (kind,) = statistics.kinds
    assert (kind.kind, kind.hits, kind.misses, kind.bypassed, kind.errors) == ("statistics", 4, 1, 1, 0)
    assert (kind.local_hits, kind.redis_hits) == (3, 1)
    assert statistics.hit_rate == kind.hit_rate == 0.8
    assert statistics.keys >= 3
    assert statistics.used_memory_bytes > 0
    assert statistics.local_entries == 1
    assert 0 < statistics.local_bytes < 1_000
