"""An empty cache, a counting computation, a Redis that is away, and other processes of the product."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection

from apps.core.cache import forget_process, tagged_get_or_set
from apps.core.cache.client import client
from apps.core.cache.statistics import flush
from apps.core.redis_link import RedisLink

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    client.wake()
    flush()
    caches["default"].clear()
    forget_process()
    yield
    client.wake()
    client._owed.clear()


class Answer:
    """Computes 1, 2, 3, … and so shows how often it was asked."""

    def __init__(self) -> None:
        self.computed = 0

    def __call__(self) -> int:
        self.computed += 1
        return self.computed

    def read(self, key: str = "dashboard:{7}", tags: tuple[str, ...] = ("reports:{7}", "issues:{7}"), **options: Any):
        return tagged_get_or_set(key=key, tags=tags, kind="statistics", compute=self, **options)


@pytest.fixture
def answer() -> Answer:
    return Answer()


@pytest.fixture
def redis_away(settings: Any) -> Iterator[Callable[[], None]]:
    """Point the cache at a socket that nobody listens on; the returned function brings Redis back."""
    original = settings.CACHES

    def back() -> None:
        settings.CACHES = original
        client.wake()

    settings.CACHES = {"default": {**original["default"], "LOCATION": "unix:///nonexistent/valkey.sock"}}
    yield back
    back()


def with_commit(write: Callable[[], Any]) -> None:
    """Run a write as a transaction that commits, inside the transaction of the test."""
    before = len(connection.run_on_commit)
    write()
    due = connection.run_on_commit[before:]
    del connection.run_on_commit[before:]
    for _, run, _ in due:
        run()


@pytest.fixture
def packets(monkeypatch: pytest.MonkeyPatch) -> list[list[Any]]:
    """The packets that leave this process for Redis, each a list of commands."""
    # The server counts other test processes' commands too.
    sent: list[list[Any]] = []
    exchange = RedisLink._exchange

    def counted(self: RedisLink, connection: Any, commands: Any) -> Any:
        sent.append(list(commands))
        return exchange(self, connection, commands)

    monkeypatch.setattr(RedisLink, "_exchange", counted)
    return sent


class Process:
    """Another process of the product, over the same database and Redis; see another_process.py."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.core.cache.another_process", connection.settings_dict["NAME"]]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        self._popen = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, do: str, **arguments: Any) -> None:
        assert self._popen.stdin
        self._popen.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._popen.stdin.flush()

    def answer(self) -> Any:
        """Return what it has answered, None when it died instead."""
        assert self._popen.stdout
        line = self._popen.stdout.readline()
        return json.loads(line) if line else None

    def ask(self, do: str, **arguments: Any) -> Any:
        self.tell(do, **arguments)
        return self.answer()

    def end(self) -> None:
        self._popen.kill()
        self._popen.communicate()


@pytest.fixture
def processes(transactional_db: None) -> Iterator[Callable[[int], list[Process]]]:
    """Start so many processes and wait until they are ready."""
    started: list[Process] = []

    def start(number: int) -> list[Process]:
        new = [Process() for _ in range(number)]
        started.extend(new)
        assert [process.answer() for process in new] == ["ready"] * number
        return new

    yield start
    for process in started:
        process.end()
