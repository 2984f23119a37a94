"""Read through the cache, and make entries invalid by tag.

An entry is stored with the versions that its tags had *before* it was computed; it is valid as long as they still
have them. Bumping a tag writes one new random version, however many entries lie under it. A writer bumps after its
commit: whoever read the old rows stored them under the old versions, and nobody finds them again.
"""

import pickle
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from redis import Redis

from apps.core.cache.client import client
from apps.core.cache.statistics import Outcome, count_read

logger = structlog.get_logger(__name__)
T = TypeVar("T")

# Changes when the layout of an entry changes: version byte, number of tags, the tags' versions, the pickled value.
_LAYOUT = 1


@dataclass(slots=True)
class _Lookup:
    """What Redis said: the entry's pickled value where it is valid, and the head under which to store a new one."""

    value: bytes | None
    head: bytes


@dataclass(slots=True)
class _BumpOnCommit:
    """Bumps tags when called; stands in the connection's list of what to do on commit."""

    tags: set[str] = field(default_factory=set)

    def __call__(self) -> None:
        if not client.bump(self.tags):
            logger.warning("cache_bump_owed", tags=len(self.tags))


def tagged_get_or_set(
    *, key: str, tags: Iterable[str], kind: str, compute: Callable[[], T], ttl: int | None = None
) -> T:
    """Return the cached value of `key`, or compute and store it.

    `key` and `tags` carry the tenant, as in "dashboard:7:30d". `kind` is one of `settings.CACHE_TTLS` and gives the
    TTL in seconds unless `ttl` does; it is also what statistics are kept by. A cached None is a hit.
    The value is pickled: anything picklable, stored in a Redis that only this product writes to.
    Redis: one round trip for a hit however many tags, one more to store. With Redis away, with `CACHE_ENABLED` off,
    and inside a transaction that has changed one of the tags, it computes and stores nothing.
    Errors: whatever `compute` raises; ValueError for an unknown kind. Never Redis's.
    """
    seconds = _ttl(kind, ttl)
    names = sorted(set(tags))
    if not settings.CACHE_ENABLED or _changed_here(names):
        count_read(kind, Outcome.BYPASS)
        return compute()
    found = client.attempt(lambda redis: _look_up(redis, key, names))
    if found is None:
        count_read(kind, Outcome.ERROR)
        return compute()
    if found.value is not None:
        try:
            value: T = pickle.loads(found.value)  # noqa: S301 - written by us, in our own Redis
        except (pickle.UnpicklingError, AttributeError, ImportError, EOFError, IndexError, TypeError, KeyError):
            # Written by another release whose classes have changed: as good as absent.
            logger.warning("cache_entry_unreadable", key=key, kind=kind)
        else:
            count_read(kind, Outcome.HIT)
            return value
    count_read(kind, Outcome.MISS)
    computed = compute()
    entry = found.head + pickle.dumps(computed, protocol=pickle.HIGHEST_PROTOCOL)
    client.attempt(lambda redis: redis.set(_entry_key(key), entry, ex=seconds))
    return computed


def bump_tags(tags: Iterable[str], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make all entries under these tags invalid once the transaction commits; at once outside one.

    A rollback, of a savepoint too, takes its bumps with it. If Redis is away, this process pays the bump before it
    trusts the cache again; entries of other processes are then bounded by their TTL.
    """
    names = set(tags)
    if not names:
        return
    connection = connections[using]
    for bump in reversed(_pending(connection, of_this_savepoint=True)):
        bump.tags |= names
        return
    transaction.on_commit(_BumpOnCommit(names), using=using)


def _ttl(kind: str, ttl: int | None) -> int:
    if kind not in settings.CACHE_TTLS:
        raise ValueError(f"unknown kind of cache entry {kind!r}; known: {', '.join(sorted(settings.CACHE_TTLS))}")
    return settings.CACHE_TTLS[kind] if ttl is None else ttl


def _pending(connection: BaseDatabaseWrapper, *, of_this_savepoint: bool = False) -> list[_BumpOnCommit]:
    # Kept in Django's own list, so that whatever rolls back is forgotten here too.
    savepoints = set(connection.savepoint_ids)
    return [
        entry[1]
        for entry in connection.run_on_commit
        if isinstance(entry[1], _BumpOnCommit) and (not of_this_savepoint or entry[0] == savepoints)
    ]


def _changed_here(names: Sequence[str]) -> bool:
    """Whether this transaction has changes under these tags: others may not see them, and they may yet roll back."""
    wanted = set(names)
    return any(
        wanted & bump.tags
        for connection in connections.all(initialized_only=True)
        if connection.in_atomic_block
        for bump in _pending(connection)
    )


def _look_up(redis: Redis, key: str, tags: Sequence[str]) -> _Lookup:
    keys = [_entry_key(key), *(client.key(f"tag:{tag}") for tag in tags)]
    answer: list[Any] = redis.mget(keys)
    entry, *found = answer
    versions = client.tag_versions(redis, tags, found)
    head = bytes((_LAYOUT, len(versions))) + b"".join(versions)
    valid = entry is not None and entry.startswith(head)
    return _Lookup(value=entry[len(head) :] if valid else None, head=head)


def _entry_key(key: str) -> str:
    return client.key(f"entry:{key}")
