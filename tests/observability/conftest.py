"""Ways to take Redis away."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import current_app

from apps.core.cache.client import client

NOBODY_LISTENS = "/nonexistent/valkey.sock"


@pytest.fixture
def without_redis(settings: Any) -> Iterator[Callable[[], None]]:
    """Return what makes cache and broker unreachable for the rest of the test; sessions live in the database."""
    urls = current_app.conf.broker_read_url, current_app.conf.broker_write_url
    client.wake()

    def leave() -> None:
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{NOBODY_LISTENS}"}}
        current_app.conf.broker_read_url = current_app.conf.broker_write_url = f"redis+socket://{NOBODY_LISTENS}"

    yield leave
    current_app.conf.broker_read_url, current_app.conf.broker_write_url = urls
    client.wake()
