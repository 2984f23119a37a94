"""What is measured: a database of some size with a corner of Redis, described by the environment of its processes."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
import redis
from django.conf import settings
from django.db import connections
from psycopg import sql

from apps.operations.supervisor import tether

# Redis has 16 databases unless told otherwise: the product's is 0, the demo's 7, those of tests begin at 8.
_REDIS_DATABASES = (6, 5)
_KEYS = "wardline:*"
_DELETED_AT_ONCE = 1_000
# The comment on a database whose rows are complete.
_COMPLETE = "benchmark data is complete"


class DataMissing(RuntimeError):
    """The data to measure on could not be made; the message says why."""


@dataclass(frozen=True, slots=True)
class DataSize:
    """How much invented data: see `seed_demo`."""

    reports: int
    issues: int
    tenants: int

    @property
    def database(self) -> str:
        """The name of the database that holds it."""
        return f"benchmark_{self.reports}_{self.issues}_{self.tenants}"

    def tenth(self) -> "DataSize":
        """Return a tenth of it, in as many tenants: what growth is measured against."""
        return DataSize(max(self.reports // 10, 1), max(self.issues // 10, 1), self.tenants)


@dataclass(frozen=True, slots=True)
class Subject:
    """A database to measure on; `own` says that it was made for that and may be written to."""

    name: str
    environment: Mapping[str, str]
    own: bool


def current_subject() -> Subject:
    """Return the database and Redis that the settings name, for processes that shall use the same."""
    return Subject(
        name=f"database {connections['default'].settings_dict['NAME']}",
        environment=_environment(database=None, redis_url=settings.CACHES["default"]["LOCATION"]),
        own=False,
    )


def own_subject(size: DataSize, *, number: int, fresh: bool, say: Callable[[str], None]) -> Subject:
    """Return a database of its own with data of this size, made by `seed_demo` unless it is there from an earlier run.

    It stays for the next run. `number` 0 or 1 gives it a corner of Redis, which is emptied. `fresh` makes the data
    anew. Errors: DataMissing.
    """
    redis_url = redis_database(settings.CACHES["default"]["LOCATION"], _REDIS_DATABASES[number])
    environment = _environment(database=size.database, redis_url=redis_url)
    # Tests share one Redis database whatever the URL says; this is no test.
    environment["WARDLINE_ENV"] = "development" if settings.ENVIRONMENT == "test" else settings.ENVIRONMENT
    empty_redis(redis_url)
    comment = _comment(size.database)
    if comment is None or comment != _COMPLETE or fresh:
        say(f"making database {size.database}; it is kept for later runs")
        _create(size.database)
        _manage(environment, "migrate", "--verbosity", "0")
        numbers = {"tenants": size.tenants, "reports": size.reports, "issues": size.issues}
        _manage(environment, "seed_demo", *(f"--{name}={number}" for name, number in numbers.items()))
        # As autovacuum would within minutes: in the middle of a round it would be measured, too.
        _execute(sql.SQL("VACUUM (ANALYZE)"), database=size.database)
        _execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(size.database), sql.Literal(_COMPLETE)))
    else:
        say(f"using database {size.database} of an earlier run")
        _manage(environment, "migrate", "--verbosity", "0")
    return Subject(name=f"database {size.database}", environment=environment, own=True)


def drop_own(size: DataSize) -> None:
    """Drop the database of this size."""
    _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(size.database)))


def redis_database(url: str, number: int) -> str:
    """Return the URL of another database on the same Redis."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return urlunsplit(parts._replace(path=f"/{number}"))
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "db"]
    # Not urlunsplit: it leaves out the two slashes of a scheme that it does not know.
    return f"unix://{parts.netloc}{parts.path}?{urlencode([*query, ('db', number)])}"


def empty_redis(url: str) -> None:
    """Delete the product's keys in a database of Redis, and nothing of anybody else's."""
    with redis.Redis.from_url(url) as client:
        found: list[bytes] = []
        for key in client.scan_iter(_KEYS, count=_DELETED_AT_ONCE):
            found.append(key)
            if len(found) >= _DELETED_AT_ONCE:
                client.unlink(*found)
                found = []
        if found:
            client.unlink(*found)


def _environment(*, database: str | None, redis_url: str) -> dict[str, str]:
    """Return the environment of a process that works on this database, whatever its own settings would choose."""
    return {
        **os.environ,
        "DATABASE_URL": _database_url("default", database),
        "DATABASE_OWNER_URL": _database_url("owner", database),
        "REDIS_URL": redis_url,
        "CELERY_BROKER_URL": "",
        "PYTHONUNBUFFERED": "1",
    }


def _database_url(alias: str, database: str | None) -> str:
    options = connections[alias].settings_dict
    name = database or connections["default"].settings_dict["NAME"]
    user = quote(options["USER"], safe="")
    password = f":{quote(options['PASSWORD'], safe='')}" if options["PASSWORD"] else ""
    host, port = options["HOST"], options["PORT"]
    # A folder of sockets cannot stand where a host's name does.
    if not host or host.startswith("/"):
        query = urlencode({name: value for name, value in (("host", host), ("port", port)) if value}, safe="/")
        return f"postgresql://{user}{password}@/{quote(name)}?{query}"
    return f"postgresql://{user}{password}@{host}{':' + port if port else ''}/{quote(name)}"


def _comment(database: str) -> str | None:
    """Return the comment on a database; None when there is no such database."""
    with _owner() as connection:
        row = connection.execute(
            "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s",
            [database],
        ).fetchone()
    return row[0] if row else None


def _create(database: str) -> None:
    _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
    _execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(database)))


def _execute(statement: sql.SQL | sql.Composed, *, database: str | None = None) -> None:
    with _owner(database) as connection:
        connection.execute(statement)


def _owner(database: str | None = None) -> "psycopg.Connection[Any]":
    parameters = connections["owner"].get_connection_params()
    return psycopg.connect(**parameters | ({"dbname": database} if database else {}), autocommit=True)


def _manage(environment: Mapping[str, str], *arguments: str) -> None:
    folder: Path = settings.BASE_DIR
    command = [sys.executable, "-I", "-S", str(tether.__file__), sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=folder, env=dict(environment), check=False)  # noqa: S603 - ourselves
    if done.returncode:
        raise DataMissing(f"manage.py {' '.join(arguments)} ended with {done.returncode}; see above")
