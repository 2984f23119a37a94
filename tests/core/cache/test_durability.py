"""A bump survives what happens to its writer: roll-back, crash, a Redis that refuses."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.cache import bump_tags, sweep_bumps
from apps.core.cache.client import client
from apps.core.cache.epoch import epoch
from apps.core.models import CacheEpoch, PendingBump
from apps.core.query_counter import QueryCounter
from apps.core.redis_link import redis_link
from tests.conftest import City
from tests.core.cache.another_process import read
from tests.core.cache.conftest import Answer, Process

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[[int], list[Process]]


def age_rows(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cache_bumps SET written_at = written_at - make_interval(secs => %s)", [seconds])


def rename(name: str, tag: str = "name:{7}") -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tenants SET name = %s", [name])
        bump_tags([tag])


@pytest.fixture
def city(city: City) -> City:
    """Riverton, and no trace of its founding."""
    PendingBump.objects.all().delete()
    return city


def test_a_transaction_leaves_one_row_however_often_it_bumps() -> None:
    with QueryCounter() as queries:
        with transaction.atomic():
            bump_tags(["a:{7}"])
            with transaction.atomic():
                bump_tags(["b:{7}", "a:{7}"])
            with transaction.atomic():
                bump_tags(["c:{7}"])
                transaction.set_rollback(True)
        with transaction.atomic():
            bump_tags([])
    assert [query.statement.split(" (")[0] for query in queries.queries] == ["INSERT INTO cache_bumps"]
    assert [row.tags for row in PendingBump.objects.all()] == [["a:{7}", "b:{7}"]]


def test_a_roll_back_leaves_none_and_neither_does_a_write_without_a_transaction(answer: Answer) -> None:
    answer.read()
    with transaction.atomic():
        bump_tags(["reports:{7}"])
        transaction.set_rollback(True)
    assert answer.read() == 1
    bump_tags(["reports:{7}"])
    assert answer.read() == 2
    assert PendingBump.objects.count() == 0


def test_a_row_that_cannot_be_written_takes_the_transaction_with_it(city: City) -> None:
    with pytest.raises((DatabaseError, ValueError)):
        rename("never", tag="no\x00tag")
    assert read() == "Riverton"
    rename("Later")
    assert read() == "Later"


def test_a_constraint_checked_by_the_commit_is_an_error_as_ever(city: City) -> None:
    with pytest.raises(DatabaseError, match="foreign key"):
        give_membership_of_nobody()
    assert PendingBump.objects.count() == 0


@transaction.atomic
def give_membership_of_nobody() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO memberships (user_id, tenant_id, role, created_at) VALUES (99, 99, 'viewer', now())"
        )
    bump_tags(["name:{7}"])


def test_paid_bumps_are_cleared_away_and_not_paid_twice(city: City, answer: Answer) -> None:
    rename("New")
    assert sweep_bumps() == 0
    assert PendingBump.objects.count() == 1  # of this very second: its writer may still be at it
    read()
    version = redis_link().redis.get(client.key("tag:name:{7}"))
    age_rows(1)
    assert sweep_bumps() == 0
    assert PendingBump.objects.count() == 0
    assert redis_link().redis.get(client.key("tag:name:{7}")) == version


@pytest.mark.parametrize("by", ["the sweep", "a reader, the sweep being late"])
def test_a_crash_between_commit_and_bump_is_made_good(city: City, processes: Start, by: str) -> None:
    assert read() == "Riverton"
    (doomed,) = processes(1)
    assert doomed.ask("write_and_die", name="Renamed") is None
    assert read() == "Riverton"
    if by == "the sweep":
        age_rows(1)
        assert sweep_bumps() == 1
    else:
        age_rows(3)
        time_passes()
    assert read() == "Renamed"
    assert PendingBump.objects.count() == 0


def time_passes() -> None:
    """Let the process look at the epoch again, as it does every two seconds."""
    epoch._read_again_at = 0.0


def test_a_refused_bump_makes_another_process_distrust_what_it_has(city: City, processes: Start, settings: Any) -> None:
    (other,) = processes(1)
    assert [other.ask("read"), other.ask("read")] == ["Riverton"] * 2
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nonexistent/valkey.sock"}}
    # Outside a transaction, which leaves no row for anybody to sweep: only the epoch can tell.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tenants SET name = 'Renamed'")
    bump_tags(["name:{7}"])
    committed = time.monotonic()
    while (seen := other.ask("read")) == "Riverton":
        assert time.monotonic() - committed < 5
    assert seen == other.ask("read") == "Renamed"
    assert read() == "Renamed"


def test_a_refused_sweep_begins_a_new_epoch_once(city: City, settings: Any) -> None:
    rename("Renamed")
    age_rows(2)
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nonexistent/valkey.sock"}}
    assert [sweep_bumps(), CacheEpoch.objects.count(), PendingBump.objects.count()] == [0, 1, 1]
    first = CacheEpoch.objects.get().number
    assert sweep_bumps() == 0
    assert CacheEpoch.objects.get().number == first
    epoch.raise_()
    assert CacheEpoch.objects.get().number > first


def test_inside_a_transaction_the_epoch_is_not_looked_at_again(answer: Answer) -> None:
    answer.read()
    CacheEpoch.objects.create(number=10)
    time_passes()
    with transaction.atomic():
        assert answer.read() == 1
    assert [answer.read(), answer.read()] == [2, 2]
