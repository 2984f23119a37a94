"""Celery: queues, prefetch, child limits and the schedule of sweeps."""

from typing import Any

from config.settings import environment as env
from config.settings.redis import CELERY_BROKER_URL as _BROKER

CELERY_WORKER_PREFETCH_MULTIPLIER = env.integer("CELERY_WORKER_PREFETCH_MULTIPLIER", 1, minimum=1, maximum=1_000)
CELERY_WORKER_MAX_TASKS_PER_CHILD = env.integer("CELERY_WORKER_MAX_TASKS_PER_CHILD", 1_000, minimum=1)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "steps"
# A lost hint is made good by a sweep, so publishing gives up quickly instead of holding a request.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 1_800,
    "global_keyprefix": env.text("CELERY_KEY_PREFIX", "wardline:celery:"),
}
if _BROKER.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"socket_connect_timeout": 1, "socket_timeout": 5, "retry_on_timeout": False}
CELERY_BEAT_SCHEDULE_FILENAME = str(env.VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "process what is behind": {"task": "pipeline.sweep_backlog", "schedule": 5.0},
    # Every reader of the cache does it too when this comes late (apps.core.cache.epoch); one that waited is no use.
    "pay owed cache bumps": {"task": "pipeline.sweep_cache", "schedule": 2.0, "options": {"expires": 2.0}},
    "mark breached clocks": {"task": "pipeline.sweep_clocks", "schedule": 30.0},
}
