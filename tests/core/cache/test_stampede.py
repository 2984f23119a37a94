"""Of all who miss at once one computes; nobody who comes after a write is given what was computed before it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from redis import Redis

from apps.core.cache import bump_tags, reading, tagged_get_or_set
from apps.core.cache.client import client
from apps.core.redis_link import redis_link
from tests.conftest import City
from tests.core.cache.conftest import Answer, Process

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(pool: ThreadPoolExecutor, read: Callable[[], Any]) -> Any:
    def run() -> Any:
        try:
            return read()
        finally:
            connection.close()

    return pool.submit(run)


class Slow:
    """A computation that ends when it is told to."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.began, self.go_on = threading.Event(), threading.Event()
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        self.began.set()
        assert self.go_on.wait(10)
        return self.value

    def read(self) -> str:
        return tagged_get_or_set(key="list:{7}", tags=["reports:{7}"], kind="lists", compute=self)


def test_a_hundred_misses_in_two_processes_are_one_computation(processes: Callable[[int], list[Process]]) -> None:
    crowd = processes(2)
    for process in crowd:
        process.tell("crowd", threads=50)
    answers = [answer for process in crowd for answer in process.answer()]
    assert answers == [1] * 100
    assert redis_link().redis.get("computed") == b"1"


def test_no_reader_sees_less_than_the_last_write_it_could_know_of(
    city: City, processes: Callable[[int], list[Process]]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tenants SET name = '0'")
    both = processes(2)
    for process in both:
        process.tell("write_and_read", pairs=4, seconds=3)
    found = [process.answer() for process in both]
    assert [each["stale"] for each in found] == [[], []]
    assert all(each["writes"] > 10 and each["reads"] > 10 for each in found), found


def test_threads_join_a_flight_of_the_same_versions(db: None) -> None:
    slow = Slow("value")
    with ThreadPoolExecutor(9) as pool:
        reads = [in_thread(pool, slow.read) for _ in range(9)]
        assert slow.began.wait(10)
        slow.go_on.set()
        assert [read.result(10) for read in reads] == ["value"] * 9
    assert slow.times == 1


def test_who_reads_after_a_write_does_not_join_the_flight_from_before(db: None) -> None:
    old, new = Slow("old"), Slow("new")
    new.go_on.set()
    with ThreadPoolExecutor(2) as pool:
        before = in_thread(pool, old.read)
        assert old.began.wait(10)
        bump_tags(["reports:{7}"])
        started = time.monotonic()
        assert new.read() == "new"
        # The old flight is still in the air, and was not waited for.
        assert time.monotonic() - started < reading.LEASE_SECONDS / 2
        old.go_on.set()
        assert before.result(10) == "old"
    # What landed late has not taken the place of what is newer.
    assert Slow("newest").read() == "new"


def test_a_failed_computation_lets_the_next_one_try(db: None, answer: Answer) -> None:
    class Broken(Exception):
        pass

    def fail() -> int:
        raise Broken

    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(Broken):
            tagged_get_or_set(key="dashboard:{7}", tags=["reports:{7}"], kind="lists", compute=fail)
    assert answer.read(tags=("reports:{7}",)) == 1
    assert time.monotonic() - started < reading.LEASE_SECONDS / 2


def test_a_process_that_dies_computing_holds_the_others_up_no_longer_than_its_lease(
    processes: Callable[[int], list[Process]], answer: Answer
) -> None:
    (doomed,) = processes(1)
    assert doomed.ask("compute_and_die", lease_seconds=0.5) is None
    redis: Redis = redis_link().redis
    assert 0 < redis.pttl(client.key("lease:dashboard:{7}")) <= 500
    started = time.monotonic()
    assert answer.read(tags=("reports:{7}",)) == 1
    assert time.monotonic() - started < 1.5


def test_who_has_waited_long_enough_computes_itself(db: None, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow("late")
    with ThreadPoolExecutor(1) as pool:
        read = in_thread(pool, slow.read)
        assert slow.began.wait(10)
        monkeypatch.setattr(reading, "LEASE_SECONDS", 0.1)
        assert answer.read(key="list:{7}", tags=("reports:{7}",)) == 1
        slow.go_on.set()
        assert read.result(10) == "late"
