"""A database and a corner of Redis that nobody misses, for one run of the main job."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import redis
from django.db import connections
from psycopg import sql

from apps.core.embedded.addresses import embedded_addresses
from apps.demo.errors import DemoRefused

# Redis has 16 databases unless told otherwise; tests take 8 and more, the product 0.
_REDIS_DATABASE = 7
_KEYS = "wardline:*"  # the product's prefix, of cached things and of queues alike


@contextmanager
def throwaway_environment(var: Path, environment: Mapping[str, str] = os.environ) -> Iterator[dict[str, str]]:
    """Yield the environment of processes that shall work on an empty database; drop it on leaving, however that is.

    The servers must run. A run that was killed could not drop its database: the next one of the same clone does.
    Errors: DemoRefused when another run of this clone is under way.
    """
    addresses = embedded_addresses(var)
    name = f"wardline_demo_{addresses.identity}"
    database = environment.get("DATABASE_URL", "").strip() or addresses.database_url
    owner = environment.get("DATABASE_OWNER_URL", "").strip() or addresses.database_owner_url
    redis_url = other_redis_database(environment.get("REDIS_URL", "").strip() or addresses.redis_url)
    with _alone(var / "demo.lock"):
        _drop(name)
        _execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            forget_keys(redis_url)
            yield {
                **environment,
                "DATABASE_URL": _other_database(database, name),
                "DATABASE_OWNER_URL": _other_database(owner, name),
                "REDIS_URL": redis_url,
                "CELERY_BROKER_URL": "",
                "PYTHONUNBUFFERED": "1",
            }
        finally:
            _drop(name)
            forget_keys(redis_url)


def other_redis_database(url: str) -> str:
    """Return the URL of the demo's own database on the same Redis."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return urlunsplit(parts._replace(path=f"/{_REDIS_DATABASE}"))
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "db"]
    # Not urlunsplit: it leaves out the two slashes of a scheme that it does not know.
    return f"unix://{parts.netloc}{parts.path}?{urlencode([*query, ('db', _REDIS_DATABASE)])}"


def forget_keys(redis_url: str) -> int:
    """Delete what an earlier run has left in the demo's Redis database, and nothing of anybody else's."""
    with redis.Redis.from_url(redis_url) as client:
        keys = list(client.scan_iter(_KEYS, count=1_000))
        return int(client.delete(*keys)) if keys else 0


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoRefused("demo", "another run of this clone is under way; wait for it to end") from None
        yield


def _other_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _drop(name: str) -> None:
    # FORCE: a killed run's worker may still be connected.
    _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _execute(statement: sql.Composed) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement.as_string(None))
