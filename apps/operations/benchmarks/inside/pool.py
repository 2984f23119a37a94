"""More threads than the pool has connections: everybody waits their turn, nobody is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from apps.operations.benchmarks.inside.hot_queries import choose_samples
from apps.operations.benchmarks.inside.threads import Call, time_threads
from apps.rest.selectors import newest_reports
from apps.tenants.scoping import tenant_scope


def query_from_threads(*, threads: int, calls: int, seed: int) -> dict[str, Any]:
    """Read from many threads, each giving its connection back after each call, as a request does.

    Returns the failures in words, the pool's size, and the milliseconds of the calls, waiting included.
    """
    samples = choose_samples(seed=seed)
    failures: list[str] = []

    @contextmanager
    def way() -> Iterator[Call]:
        def call(number: int) -> None:
            try:
                sample = samples[number % len(samples)]
                with tenant_scope(sample.tenant_id):
                    newest_reports(sample.tenant_id)
            except Exception as error:  # noqa: BLE001 - counted: that none comes is what is measured
                failures.append(repr(error))
            finally:
                connection.close()

        yield call

    milliseconds = time_threads(way, threads=threads, calls=calls)
    pool = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    return {"failures": failures, "pool": pool, "milliseconds": milliseconds}
