"""Pools that the server cannot hold are found at the start, not under load."""

import pytest
from django.db import connection

from apps.operations.errors import PreparationFailed
from apps.operations.supervisor.connections import check_connections, connections_wanted


def test_every_process_may_fill_its_pool():
    assert connections_wanted(web=2, worker=2, pool=20) == 110


def test_what_fits_is_not_mentioned(db):
    check_connections()


def test_too_large_pools_are_named_with_their_settings(db, settings):
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        allowed = int(cursor.fetchone()[0])
    settings.WEB_WORKERS = allowed
    with pytest.raises(PreparationFailed, match=f"DATABASE_POOL_MAX_SIZE=.*max_connections is {allowed}"):
        check_connections()
