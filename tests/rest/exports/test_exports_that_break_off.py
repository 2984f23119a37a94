"""Over a real socket, from gunicorn: a file that is not whole must not look whole."""

import gzip
import http.client
import json
import socket

import pytest
from django.db import connection, transaction

from tests.reports.exports.conftest import many_reports

PATH = "/api/v1/reports/export/?format=ndjson"
# More than all buffers between PostgreSQL and us hold.
ROWS, LONG = 6_000, "x" * 4_000


@pytest.fixture
def request_to(server, city):
    many_reports(city, ROWS, text=LONG)

    def send(**headers: str) -> http.client.HTTPConnection:
        client = http.client.HTTPConnection(*server, timeout=60)
        client.request("GET", PATH, headers=city.headers | headers)
        return client

    return send


def running() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND state <> 'idle' AND query LIKE 'COPY (SELECT%'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def test_a_whole_export_ends_as_http_says(request_to):
    answer = request_to().getresponse()
    assert answer.getheader("Transfer-Encoding") == "chunked"
    assert len([json.loads(line) for line in answer.read().splitlines()]) == ROWS
    packed = request_to(**{"Accept-Encoding": "gzip"}).getresponse()
    assert gzip.decompress(packed.read()).count(b"\n") == ROWS


def test_an_export_that_fails_midway_is_cut_off(request_to):
    answer = request_to().getresponse()
    assert answer.status == 200
    answer.read(1_000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", running())
    with pytest.raises(http.client.IncompleteRead):
        answer.read()


def test_a_client_that_goes_away_ends_the_statement(request_to):
    client = request_to()
    answer = client.getresponse()
    answer.read(1_000)
    assert len(running()) == 1
    client.sock.shutdown(socket.SHUT_RDWR)
    answer.close()
    client.close()
    with transaction.atomic(), connection.cursor() as cursor:
        # Waits for the export's transaction to end: it holds a lock that stands in the way of this one.
        cursor.execute("LOCK TABLE reports IN ACCESS EXCLUSIVE MODE")
