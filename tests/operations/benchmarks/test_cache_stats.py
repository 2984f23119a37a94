"""cache_stats tells what the cache did, or that it is away."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django_redis import get_redis_connection

from apps.core.cache import tagged_get_or_set
from apps.core.cache.client import client


def test_table_and_json_agree(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    client.wake()
    get_redis_connection("default").delete(client.key("statistics"))
    for _ in range(5):
        tagged_get_or_set(key="stats", tags=["t"], kind="lists", compute=int)
    call_command("cache_stats")
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("lists")]
    assert line.split() == ["lists", "4", "0", "1", "0", "0", "80.0%"]
    call_command("cache_stats", "--json")
    figures = json.loads(capsys.readouterr().out)
    assert (figures["hit_rate"], figures["kinds"][0]["hits"]) == (0.8, 4)


def test_redis_away_is_a_clear_failure(settings: Any) -> None:
    client.wake()
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nonexistent/valkey.sock"}}
    with pytest.raises(CommandError, match="Redis does not answer"):
        call_command("cache_stats")
    client.wake()
