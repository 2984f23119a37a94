"""What a process keeps: bodies within a bound, and a few values for seconds."""

import threading
from typing import Any

import pytest
from django.db import transaction

from apps.core.cache import bump_tags, local_get_or_set
from apps.core.cache import memory as memory_module
from apps.core.cache.local import Held, LocalLevel
from apps.core.cache.memory import Memory
from tests.core.cache.conftest import Answer, with_commit


def test_the_local_level_keeps_within_its_bound_and_drops_what_was_not_asked_for() -> None:
    level = LocalLevel(most_bytes=3_000, most_bytes_of_one=1_500)
    for name in "abc":
        level.put(name, Held(b"m", bytes(500)))
    assert level.get("a")
    level.put("d", Held(b"m", bytes(500)))
    assert [name for name in "abcd" if level.get(name)] == ["a", "c", "d"]
    assert (len(level), level.evictions, level.size) == (3, 1, 3 * 901)
    level.put("a", Held(b"m", bytes(2_000)))
    assert level.get("a") is None
    assert level.size == 2 * 901
    level.clear()
    assert level.size == len(level) == 0


def test_a_value_is_kept_for_its_seconds_and_no_longer(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(memory_module.time, "monotonic", lambda: now[0])

    def read() -> int:
        return local_get_or_set(key="services:{7}", compute=answer)

    assert [read(), read()] == [1, 1]
    now[0] += 4.9
    assert read() == 1
    now[0] += 0.1
    assert read() == 2
    with pytest.raises(ValueError, match="up to 5 seconds, not 60"):
        local_get_or_set(key="k", compute=answer, seconds=60)


def test_a_change_made_here_is_seen_at_once(db: None, answer: Answer, settings: Any) -> None:
    def read() -> int:
        return local_get_or_set(key="services:{7}:ids", tags=["services:{7}"], compute=answer)

    assert [read(), read()] == [1, 1]
    with transaction.atomic():
        bump_tags(["services:{7}"])
        assert read() == 2
        transaction.set_rollback(True)
    assert read() == 1
    with_commit(lambda: bump_tags(["services:{8}"]))
    assert read() == 1
    with_commit(lambda: bump_tags(["services:{7}"]))
    assert [read(), read()] == [3, 3]
    settings.CACHE_ENABLED = False
    assert [read(), read()] == [4, 5]


def test_a_value_read_before_a_change_is_not_kept_after_it() -> None:
    memory = Memory(most_entries=2)

    def compute() -> str:
        memory.forget_tags(["services:{7}"])
        return "old"

    tags = frozenset({"services:{7}"})
    assert memory.get_or_set("k", tags, 5.0, compute) == ("old", False)
    assert memory.get_or_set("k", tags, 5.0, lambda: "new") == ("new", False)
    assert memory.get_or_set("k", tags, 5.0, lambda: "newer") == ("new", True)
    for key in "ab":
        memory.get_or_set(key, tags, 5.0, lambda: "x")
    assert memory.get_or_set("k", tags, 5.0, lambda: "back") == ("back", False)
    assert len(memory._kept) == len(memory._keys["services:{7}"]) == 2


def test_threads_share_the_local_level_without_losing_count() -> None:
    level = LocalLevel(most_bytes=50_000, most_bytes_of_one=10_000)

    def work(own: int) -> None:
        for number in range(500):
            level.put(f"{own}:{number % 40}", Held(b"m", bytes(number)))
            level.get(f"{1 - own}:{number % 40}")

    threads = [threading.Thread(target=work, args=(own,)) for own in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert level.size == sum(held.size for held in level._held.values()) <= 50_000
