"""What `run` consists of: the table of its processes."""

import sys
from pathlib import Path

from django.conf import settings

from apps.operations.supervisor import connections
from apps.operations.supervisor.child import ChildSpec

# The web server finishes its requests (config/gunicorn.py: 8 s), then nothing new is queued; the worker then finishes
# its tasks. A task that is killed is queued again: acknowledgements are late, and every step can run twice.
_WEB_PATIENCE_SECONDS = 10.0
_BEAT_PATIENCE_SECONDS = 5.0
_WORKER_PATIENCE_SECONDS = 20.0
_WARM_PATIENCE_SECONDS = 2.0
# The processes that serve come up first; the first visitor waits for nothing that is only nice to have.
_WARM_DELAY_SECONDS = 5.0
_WARM = ChildSpec(
    name="warm",
    command=(sys.executable, "manage.py", "warm_cache"),
    stop_order=0,
    patience_seconds=_WARM_PATIENCE_SECONDS,
    once=True,
    delay_seconds=_WARM_DELAY_SECONDS,
)
_CELERY = (sys.executable, "-m", "celery", "--quiet", "-A", "config.celery")


def children(*, listening_fd: int, var: Path, worker_processes: int | None = None) -> list[ChildSpec]:
    """Return the processes in the order in which they are started."""
    processes = worker_processes or connections.worker_processes()
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return [
        ChildSpec(
            name="web",
            command=(sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", f"fd://{listening_fd}"),
            stop_order=0,
            patience_seconds=_WEB_PATIENCE_SECONDS,
            pass_fds=(listening_fd,),
        ),
        *([_WARM] if settings.CACHE_ENABLED else []),
        ChildSpec(
            name="worker",
            command=(*_CELERY, "worker", "--loglevel=INFO", f"--concurrency={processes}", *quiet),
            stop_order=1,
            patience_seconds=_WORKER_PATIENCE_SECONDS,
        ),
        ChildSpec(
            name="beat",
            # Without a process file: a killed one would keep the next from starting.
            command=(*_CELERY, "beat", "--loglevel=WARNING", "--pidfile=", f"--schedule={var / 'beat-schedule'}"),
            stop_order=0,
            patience_seconds=_BEAT_PATIENCE_SECONDS,
        ),
    ]
