"""The four queries are measured beside psycopg with the same SQL."""

import time
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from apps.operations.benchmarks.inside import hot_queries
from apps.operations.benchmarks.inside.pool import query_from_threads
from apps.operations.benchmarks.inside.threads import time_threads
from tests.conftest import City


def test_psycopg_reads_the_same_rows_as_the_selectors(measured_city: City) -> None:
    (sample, *_) = hot_queries.choose_samples(seed=1)
    lengths, prepared = {}, {}
    for query in hot_queries.HOT_QUERIES:
        sent = hot_queries.with_statements(query, sample)
        prepared[query.id] = {statement.prepared for statement in sent.statements}
        with hot_queries.psycopg_way(query, [sent])() as call:
            lengths[query.id] = [len(rows) for rows in call(0)]  # type: ignore[attr-defined]
    assert (lengths["reports"], lengths["issue"]) == ([12], [1, 3])
    # No figures were counted in this city, so their tables have no row; that the statement is replayed is the point.
    assert [len(lengths[name]) for name in ("open_issues", "sla")] == [1, 1]
    assert prepared["open_issues"] == {True}


@pytest.mark.parametrize("way", ["selectors", "psycopg"])
def test_each_call_of_each_thread_is_timed(measured_city: City, way: str) -> None:
    found = hot_queries.time_hot_query(query="reports", way=way, threads=3, calls=4, seed=1)
    assert len(found) == 12
    assert min(found) > 0


def test_a_database_without_reports_is_refused_with_the_reason(transactional_db: None) -> None:
    with pytest.raises(hot_queries.NothingToMeasure, match="seed_demo"):
        hot_queries.choose_samples(seed=1)


def test_threads_beyond_the_pool_wait_their_turn(measured_city: City) -> None:
    found = query_from_threads(threads=20, calls=3, seed=1)
    assert found["pool"] < 20
    assert (found["failures"], len(found["milliseconds"])) == ([], 60)


def test_an_error_in_a_thread_is_raised_to_the_caller() -> None:
    def fail(number: int) -> object:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        time_threads(lambda: nullcontext(fail), threads=3, calls=2)


def test_warming_calls_are_not_timed() -> None:
    seen: list[int] = []
    note: Callable[[int], object] = seen.append
    started = time.perf_counter()
    assert len(time_threads(lambda: nullcontext(note), threads=1, calls=2)) == 2
    assert len(seen) > 2
    assert time.perf_counter() - started < 5
