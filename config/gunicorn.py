"""gunicorn's configuration: threads for waiting, processes for cores, and clean hands around each fork."""

import os
from typing import Any

from django.db import connections

from apps.core import metrics
from config.settings.limits import WEB_THREADS, WEB_WORKERS

wsgi_app = "config.wsgi:application"
worker_class = "gthread"
workers = WEB_WORKERS
threads = WEB_THREADS
# A statement may take 30 s and a request a few of them; a worker that says nothing for longer hangs.
timeout = 120
# A deployment or Ctrl-C waits this long for requests in progress.
graceful_timeout = 8
keepalive = 5
# Fragmented memory is given back now and then; the jitter keeps workers from restarting together.
max_requests = 20_000
max_requests_jitter = 2_000
# Heartbeat files belong in memory: on a busy disk a slow write gets a healthy worker killed.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# The application logs each request with its ids; gunicorn's own access log would say it twice.
accesslog = None
errorlog = "-"
loglevel = "info"
control_socket_disable = True


def close_pools() -> None:
    """Close every pool of this process: a child that inherits one waits forever for the parent's connections."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        # Only PostgreSQL's connections have one.
        close_pool = getattr(connection, "close_pool", None)
        if close_pool is not None:
            close_pool()


def pre_fork(server: Any, worker: Any) -> None:
    """Leave no connection open for the new worker to inherit."""
    close_pools()


def worker_exit(server: Any, worker: Any) -> None:
    """Give the pool's connections back to PostgreSQL at once."""
    close_pools()


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone."""
    metrics.forget_process(worker.pid)
