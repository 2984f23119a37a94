import gc
import os
from contextlib import ExitStack
from datetime import timedelta

import psutil
import pytest
from django.db import DatabaseError, connection, transaction

from apps.core.pool_statistics import pool_statistics
from apps.core.query_counter import QueryCounter
from apps.reports.models import Report
from apps.reports.selectors import ExportFormat, ExportOptions, open_export
from apps.tenants.scoping import active_tenant_id, tenant_scope
from tests.conftest import MOMENT
from tests.reports.exports.conftest import many_reports

# PostgreSQL and libpq hold some hundred KiB between them: an export must be larger to be in the middle of something.
LONG = "x" * 3_000


def in_use() -> int:
    connection.close()
    return pool_statistics().in_use


def copies_running() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT%' AND state = 'active'")
        return [pid for (pid,) in cursor.fetchall()]


@pytest.fixture
def long_city(transactional_db, city):
    many_reports(city, 3_000, text=LONG)
    return city


def opened(city, **chosen):
    with tenant_scope(city.id):
        return open_export(ExportOptions(format=ExportFormat.NDJSON, **chosen))


def test_an_export_takes_one_connection_and_gives_it_back(long_city):
    before = in_use()
    stream = opened(long_city)
    assert in_use() == before + 1
    assert sum(map(len, stream)) > 3_000 * len(LONG)
    assert in_use() == before


def test_a_reader_who_goes_away_ends_the_statement(long_city):
    before = in_use()
    with opened(long_city) as stream:
        next(stream)
        assert copies_running()
    assert copies_running() == []
    assert in_use() == before
    assert not stream.tally.complete
    stream.close()


def test_an_export_that_nobody_reads_or_closes_is_given_back(long_city):
    before = in_use()
    stream = opened(long_city)
    released = []
    stream.when_closed(lambda: released.append(True))
    del stream
    gc.collect()
    assert released == [True]
    assert copies_running() == []
    assert in_use() == before


def test_a_lost_connection_is_an_error_and_not_a_short_file(long_city):
    before = in_use()
    stream = opened(long_city)
    next(stream)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", copies_running())
    with pytest.raises(DatabaseError):
        list(stream)
    assert not stream.tally.complete
    with ExitStack() as lent:
        # The pool replaces the lost one: as many as it has can be had.
        for _ in range(pool_statistics().size):
            lent.enter_context(connection.pool.connection(timeout=10))
    assert in_use() == before


def test_the_thread_goes_on_working_while_the_export_shows_one_moment(long_city):
    stream = opened(long_city)
    first = next(stream)
    assert active_tenant_id() is None
    with tenant_scope(long_city.id), transaction.atomic():
        Report.objects.create(description="later", received_at=MOMENT - timedelta(days=900), updated_at=MOMENT)
        assert Report.objects.filter(description="later").exists()
    lines = (first + b"".join(stream)).splitlines()
    assert len(lines) == 3_000
    assert not any(b'"later"' in line for line in lines)


def test_other_scopes_between_two_blocks_change_nothing(long_city, other_city):
    stream = opened(long_city)
    with tenant_scope(other_city.id):
        assert Report.objects.count() == 0
        next(stream)
        assert active_tenant_id() == other_city.id
        assert Report.objects.count() == 0
    rest = b"".join(stream)
    assert rest.endswith(b"}\n")
    assert stream.tally.rows == 3_000


def test_the_statement_is_seen_by_whoever_counts(long_city):
    with QueryCounter() as queries:
        stream = opened(long_city, status="open")
    stream.close()
    (only,) = queries.queries
    assert only.statement.startswith("COPY (SELECT")
    assert "%s" in only.statement
    assert only.line.startswith("apps/reports/exports/")


def test_a_time_limit_holds_for_the_statement(long_city):
    before = in_use()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE reports IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseError, match="statement timeout"), tenant_scope(long_city.id):
            open_export(ExportOptions(), time_limit=timedelta(milliseconds=20))
    assert in_use() == before


def test_memory_does_not_grow_with_the_rows(transactional_db, city):
    process = psutil.Process(os.getpid())
    many_reports(city, 100_000)

    def peak(**chosen) -> tuple[int, int]:
        with opened(city, **chosen) as stream:
            return max(process.memory_info().rss for _ in stream), stream.tally.rows

    few, rows = peak(received_after=MOMENT - timedelta(minutes=10_000))
    assert rows == 10_000
    many, rows = peak()
    assert rows == 100_000
    # The file has 60 MB; a block and what libpq holds are the same for both.
    assert many - few < 4 * 2**20
