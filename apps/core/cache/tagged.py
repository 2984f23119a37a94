"""Values and bytes under tags, read through the cache."""

import pickle
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import structlog
from django.conf import settings

from apps.core.cache.bumping import changed_here
from apps.core.cache.client import client
from apps.core.cache.epoch import epoch
from apps.core.cache.local import local_level
from apps.core.cache.memory import MOST_SECONDS, memory
from apps.core.cache.reading import Limited, read_through
from apps.core.cache.statistics import Outcome, count_read
from apps.core.rate_limits import Limit
from apps.core.redis_link import RedisLink

logger = structlog.get_logger(__name__)
T = TypeVar("T")

# What unpickling raises for an entry of another release, whose classes have changed.
_UNREADABLE = (
    pickle.UnpicklingError,
    AttributeError,
    ImportError,
    EOFError,
    IndexError,
    TypeError,
    KeyError,
    ValueError,
)


def tagged_get_or_set(
    *, key: str, tags: Iterable[str], kind: str, compute: Callable[[], T], ttl: int | None = None
) -> T:
    """Return the cached value of `key`, or compute and store it.

    `key` and `tags` carry the tenant in braces, as in "dashboard:{7}:30": one slot of a Redis Cluster. `kind` is one
    of `settings.CACHE_TTLS` and gives the TTL in seconds unless `ttl` does; statistics are kept by it too. A cached
    None is a hit. The value is pickled: anything picklable, stored in a Redis that only this product writes to.
    Redis: one round trip for a hit however many tags, one more to store. Of callers who miss at once, in whatever
    process, one computes and the others wait for it, 3 s at most. With Redis away, with `CACHE_ENABLED` off, and
    inside a transaction that has changed one of the tags, it computes and stores nothing.
    Errors: whatever `compute` raises; ValueError for an unknown kind. Never Redis's.
    """
    names, seconds = sorted(set(tags)), _ttl(kind, ttl)
    computed: list[T] = []

    def pickled() -> bytes:
        computed.append(compute())
        return pickle.dumps(computed[-1], protocol=pickle.HIGHEST_PROTOCOL)

    for _ in range(2):
        body = read_through(limits=(), key=key, tags=names, kind=kind, seconds=seconds, compute=pickled).value
        if computed:
            return computed[-1]
        try:
            value: T = pickle.loads(body or b"")  # noqa: S301 - written by us, in our own Redis
        except _UNREADABLE:
            # As good as absent.
            logger.warning("cache_entry_unreadable", key=key, kind=kind)
            _forget(key)
        else:
            return value
    return compute()


def limited_get_or_set(
    *,
    limits: Sequence[Limit],
    key: str,
    tags: Iterable[str],
    kind: str,
    compute: Callable[[], bytes],
    ttl: int | None = None,
) -> Limited:
    """Count a request against its limits and return the bytes of `key`: one round trip for both.

    As tagged_get_or_set, for bytes. A limit exceeded: `value` is None, nothing is read, `compute` is not called.
    With the cache off, or a transaction's own changes under the tags, the limits are counted all the same.
    """
    return read_through(
        limits=limits, key=key, tags=sorted(set(tags)), kind=kind, seconds=_ttl(kind, ttl), compute=compute
    )


def local_get_or_set(
    *, key: str, compute: Callable[[], T], tags: Iterable[str] = (), kind: str = "memory", seconds: float = MOST_SECONDS
) -> T:
    """Return a value from this process's memory, or compute and keep it for `seconds`, 5 at most. No I/O.

    For what every request needs and nobody changes by the minute. Another process's change is seen when the time is
    up, this one's at once, by bump_tags on one of `tags`. The value is shared: whoever gets it must not change it.
    `kind` is what statistics are kept by. With `CACHE_ENABLED` off, and inside a transaction that has changed one of
    the tags, it computes. Errors: ValueError for more than 5 s; whatever `compute` raises.
    """
    if not 0 < seconds <= MOST_SECONDS:
        raise ValueError(f"a value is kept in memory for up to {MOST_SECONDS:g} seconds, not {seconds:g}")
    names = frozenset(tags)
    if not settings.CACHE_ENABLED or changed_here(tuple(names)):
        count_read(kind, Outcome.BYPASS)
        return compute()
    value, kept = memory.get_or_set(key, names, seconds, compute)
    count_read(kind, Outcome.HIT_LOCAL if kept else Outcome.MISS)
    return value


def invalidate_pattern(pattern: str) -> int:
    """Remove the entries whose keys match a Redis glob, as in "dashboard:{7}:*"; return how many there were.

    Walks through all keys of Redis, a thousand at a time, without stopping it: for a person at a console, who knows
    which keys are wrong. What happens regularly has a tag. 0 with Redis away. Brackets, ? and * in a key itself are
    escaped by a backslash.
    """

    def remove(link: RedisLink) -> int:
        removed, cursor = 0, b"0"
        while True:
            cursor, keys = link.send([("SCAN", cursor, "MATCH", f"{link.prefix}entry:{pattern}", "COUNT", 1_000)])[0]
            if keys:
                removed += link.send([("UNLINK", *keys)])[0]
            if int(cursor) == 0:
                return removed

    return client.attempt(remove) or 0


def forget_process() -> None:
    """Forget what this process holds and knows of the cache, as if it had just started."""
    local_level.clear()
    memory.clear()
    epoch.forget()


def _ttl(kind: str, ttl: int | None) -> int:
    if kind not in settings.CACHE_TTLS:
        raise ValueError(f"unknown kind of cache entry {kind!r}; known: {', '.join(sorted(settings.CACHE_TTLS))}")
    return settings.CACHE_TTLS[kind] if ttl is None else ttl


def _forget(key: str) -> None:
    local_level.forget(key)
    client.attempt(lambda link: link.send([("UNLINK", f"{link.prefix}entry:{key}")]))
