"""Nonsense in a setting stops the start with a message that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kombu import Connection

from config.settings.redis import broker_url, with_database

ROOT = Path(__file__).parent.parent.parent


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_", "WARDLINE_"))
    }
    code = "import django; django.setup(); print('started')"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept | {"DJANGO_SETTINGS_MODULE": "config.settings"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_POOL_MAX_SIZE", "many"),
        ("DATABASE_POOL_MAX_SIZE", "0"),
        ("DATABASE_STATEMENT_TIMEOUT_MS", "-1"),
        ("DATABASE_URL", "mysql://a@b/c"),
        ("REDIS_URL", "localhost"),
        ("CACHE_ENABLED", "perhaps"),
        ("CACHE_LISTS_TTL", "0"),
        ("RATE_LIMIT_PER_MINUTE", "1.5"),
        ("PAGINATION_MAX_PAGE_SIZE", "ten"),
        ("LLM_TIMEOUT", "nan"),
        ("LLM_BASE_URL", "ftp://x"),
        ("SILK_SAMPLE_PERCENT", "101"),
        ("LOG_LEVEL", "LOUD"),
        ("SECRET_KEY", "short"),
        ("WARDLINE_ENV", "staging"),
        ("WEB_WORKERS", "x"),
        ("LLM_PRICES", "[1]"),
        ("LLM_PRICES", "{"),
        ("CELERY_BROKER_URL", "http://x"),
    ],
)
def test_nonsense_stops_the_start_and_is_named(name, value):
    result = start(**{name: value})
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured" in last
    assert name in last


def test_without_any_setting_it_starts():
    result = start()
    assert (result.returncode, result.stdout.strip()) == (0, "started"), result.stderr


@pytest.mark.parametrize("missing", ["DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"])
def test_production_refuses_to_start_without_its_own(missing):
    environment = {
        "WARDLINE_ENV": "production",
        "DATABASE_URL": "postgresql://wardline@db/wardline",
        "DATABASE_OWNER_URL": "postgresql://owner@db/wardline",
        "REDIS_URL": "redis://cache:6379/0",
        "SECRET_KEY": "x" * 50,
        "ALLOWED_HOSTS": "city.example",
    }
    assert start(**environment).returncode == 0
    del environment[missing]
    result = start(**environment)
    assert result.returncode != 0
    assert missing in result.stderr.strip().splitlines()[-1]


def test_a_socket_url_is_spelled_as_each_client_wants_it():
    url = "unix:///var/run/redis.sock?db=3"
    assert broker_url(url) == "redis+socket:///var/run/redis.sock?virtual_host=3"
    assert with_database(url, 9) == "unix:///var/run/redis.sock?db=9"
    assert with_database("redis://h:6379/0", 9) == "redis://h:6379/9"
    assert Connection(broker_url(url)).transport_cls == "redis"
