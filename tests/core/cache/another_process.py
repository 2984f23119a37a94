"""A process of the product that does what a test tells it on its standard input, a JSON object a line."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from django.conf import settings
from django.db import connection, transaction

from apps.core.cache import bump_tags, reading, tagged_get_or_set
from apps.core.redis_link import redis_link


def stored() -> Any:
    """Return the name of the tenant, which the tests write."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM tenants")
        return cursor.fetchone()[0]


def read() -> Any:
    return tagged_get_or_set(key="name:{7}", tags=["name:{7}"], kind="lists", compute=stored)


def crowd(threads: int) -> list[Any]:
    """Read one key in many threads at once; each computation counts itself and takes its time."""

    def slow() -> int:
        number = redis_link().send([("INCR", "computed")])[0]
        time.sleep(0.3)
        return number

    def one(_: int) -> Any:
        try:
            return tagged_get_or_set(key="crowd:{7}", tags=["crowd:{7}"], kind="lists", compute=slow)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def write_and_die(name: str) -> None:
    """Commit a write and die before its tag is bumped."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tenants SET name = %s", [name])
        transaction.on_commit(lambda: os._exit(9))
        bump_tags(["name:{7}"])


def write_and_read(pairs: int, seconds: float) -> dict[str, Any]:
    """Write in so many threads and read in as many; return how much, and what was seen that was older than known.

    Known to everybody is the highest number whose writer is through with its commit, in whatever process.
    """
    ends_at, counts, stale = time.monotonic() + seconds, {"writes": 0, "reads": 0}, []

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE tenants SET name = (name::int + 1)::text RETURNING name::int")
            number = cursor.fetchone()[0]
            bump_tags(["name:{7}"])
        redis_link().send([("ZADD", "known", "GT", number, "number")])
        counts["writes"] += 1

    def look() -> None:
        known = int(float(redis_link().send([("ZSCORE", "known", "number")])[0] or 0))
        if (seen := int(read())) < known:
            stale.append([known, seen])
        counts["reads"] += 1

    def work(do: Any) -> None:
        try:
            while time.monotonic() < ends_at:
                do()
        finally:
            connection.close()

    with ThreadPoolExecutor(2 * pairs) as pool:
        list(pool.map(work, [write, look] * pairs))
    return {**counts, "stale": stale[:5]}


def compute_and_die(lease_seconds: float) -> None:
    """Die while computing what others wait for."""
    reading.LEASE_SECONDS = lease_seconds
    tagged_get_or_set(key="dashboard:{7}", tags=["reports:{7}"], kind="lists", compute=lambda: os._exit(9))


def say(words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    say("ready")
    for line in sys.stdin:
        told = json.loads(line)
        say(globals()[told.pop("do")](**told))
