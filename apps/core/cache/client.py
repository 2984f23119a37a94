"""Redis as the cache sees it: commands that answer None while it is away, and tag bumps that are never forgotten."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import TypeVar

import structlog
from django.core.cache import caches
from django_redis import get_redis_connection
from redis import Redis
from redis.exceptions import RedisError

from apps.core.metrics import Counter

logger = structlog.get_logger(__name__)
T = TypeVar("T")

TAG_VERSION_BYTES = 16
# After a failure Redis is left alone this long, so that a time-out is paid once and not by every reader.
REST_SECONDS = 1.0
# A tag outlives every entry under it (the longest TTL is a day); losing one only costs recomputation.
_TAG_TTL_SECONDS = 7 * 24 * 3600

_failures = Counter("cache_failures", "Cache commands that Redis did not answer")


class CacheClient:
    """One process's way to the cache. Thread-safe; never raises for Redis's sake."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owed: dict[str, int] = {}
        self._bumps = count(1)
        self._rests_until = 0.0

    def key(self, name: str) -> str:
        """Return the key under the project's prefix."""
        return str(caches["default"].make_key(name))

    def attempt(self, command: Callable[["Redis"], T]) -> T | None:
        """Run commands on Redis; None when it is away, or owes us a bump that cannot be paid yet."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            redis: Redis = get_redis_connection("default")
            self._pay(redis)
            return command(redis)
        except (RedisError, OSError) as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            _failures.increment()
            logger.warning("cache_unavailable", error=str(error))
            return None

    def tag_versions(self, redis: Redis, tags: Sequence[str], found: Sequence[bytes | None]) -> list[bytes]:
        """Return the tags' versions, giving one to each tag that has none yet."""
        if None not in found:
            return list(found)  # type: ignore[arg-type]
        keys = [self.key(f"tag:{tag}") for tag in tags]
        pipeline = redis.pipeline(transaction=False)
        for key, version in zip(keys, found, strict=True):
            if version is None:
                # NX: of several first readers one decides, and all read what it decided.
                pipeline.set(key, os.urandom(TAG_VERSION_BYTES), nx=True, ex=_TAG_TTL_SECONDS)
        pipeline.mget(keys)
        versions: list[bytes] = pipeline.execute()[-1]
        return versions

    def bump(self, tags: Iterable[str]) -> bool:
        """Make every entry under these tags invalid; False when Redis was away and the bump is owed."""
        with self._lock:
            number = next(self._bumps)
            self._owed.update(dict.fromkeys(tags, number))
        return self.attempt(lambda redis: True) is not None

    def _pay(self, redis: Redis) -> None:
        """Give every owed tag a version nobody has seen. A counter lost by Redis would start again at an old number."""
        if not self._owed:
            return
        with self._lock:
            owed = dict(self._owed)
        pipeline = redis.pipeline(transaction=False)
        for tag in owed:
            pipeline.set(self.key(f"tag:{tag}"), os.urandom(TAG_VERSION_BYTES), ex=_TAG_TTL_SECONDS)
        pipeline.execute()
        with self._lock:
            for tag, number in owed.items():
                # A later bump of the same tag, made while this one was under way, is still owed.
                if self._owed.get(tag) == number:
                    del self._owed[tag]

    def wake(self) -> None:
        """Ask Redis again at once, without waiting out the rest after a failure."""
        self._rests_until = 0.0


client: CacheClient = CacheClient()
