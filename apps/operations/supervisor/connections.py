"""Whether the database server can hold the connections that the processes may open together."""

import os

from django.conf import settings
from django.db import connection

from apps.operations.errors import PreparationFailed

# The supervisor, beat, a command by hand, and what PostgreSQL keeps for its superusers.
SPARE_CONNECTIONS = 10


def worker_processes() -> int:
    """Return how many processes the Celery worker forks: one a core, four at most."""
    return min(4, os.cpu_count() or 1)


def connections_wanted(*, web: int, worker: int, pool: int) -> int:
    """Return the most connections open at once: a full pool for each web and worker process, and some to spare."""
    # The worker's parent process keeps a pool of its own.
    return (web + worker + 1) * pool + SPARE_CONNECTIONS


def check_connections() -> None:
    """Compare the pools with the server's max_connections. One query.

    Errors: PreparationFailed naming the settings to lower, before anything is refused under load.
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        allowed = int(cursor.fetchone()[0])
    pool = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    wanted = connections_wanted(web=settings.WEB_WORKERS, worker=worker_processes(), pool=pool)
    if wanted > allowed:
        raise PreparationFailed(
            f"DATABASE_POOL_MAX_SIZE={pool} with WEB_WORKERS={settings.WEB_WORKERS} and {worker_processes()} worker "
            f"processes may open {wanted} connections, but the server's max_connections is {allowed}: lower one of them"
        )
