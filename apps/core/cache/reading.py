"""Read through the cache: one script a read, one computation a miss.

An entry is stored with the versions that its tags had *before* it was computed; it is valid as long as they still
have them. Whoever read the old rows stored them under the old versions, and nobody finds them again.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import Error

from apps.core.cache.bumping import changed_here
from apps.core.cache.client import TAG_TTL_SECONDS, client, tag_key
from apps.core.cache.epoch import epoch
from apps.core.cache.flights import flights
from apps.core.cache.local import Held, local_level
from apps.core.cache.scripts import FOUND, HELD, READ, RELEASE, STORE, WAIT
from apps.core.cache.statistics import Outcome, count_read
from apps.core.cache.sweeping import sweep_bumps
from apps.core.rate_limits import Limit, Usage, count_limits, limit_arguments, tightest
from apps.core.redis_link import RedisLink

logger = structlog.get_logger(__name__)

# Changes when the layout of an entry changes: layout, epoch, number of tags; then versions, mark, body.
_LAYOUT = 2
_MARK_BYTES = 16
# What is computed takes well under a second, the coldest dashboard of the largest city included. Whoever dies over it
# holds up the others for so long, and whoever takes longer is overtaken.
LEASE_SECONDS = 3.0
# Another process's computation is asked after this soon, then ever less often. Shorter than most queries; the longest
# pause adds a twentieth to what takes a second.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.004, 0.05


@dataclass(frozen=True, slots=True)
class Limited:
    """What a limited read came to. `value` None: a limit is exceeded; nothing was read or computed.

    `usage` is the tightest limit's, None without limits and with Redis away.
    """

    usage: Usage | None
    value: bytes | None


@dataclass(slots=True)
class _Read:
    """One read of one key: what is wanted, and what this process knew when it last asked Redis."""

    key: str
    tags: Sequence[str]
    kind: str
    seconds: int
    compute: Callable[[], bytes]
    prefix: bytes
    held: Held | None = None
    random: bytes = b""

    def ask(self, limits: Sequence[Limit] = ()) -> list[Any] | None:
        """Run the script; None with Redis away."""
        self.held = local_level.get(self.key)
        self.random = os.urandom(_MARK_BYTES)

        def run(link: RedisLink) -> list[Any]:
            keys = [link.prefix + limit.key for limit in limits] + self.keys(link)
            arguments: list[Any] = limit_arguments(limits)
            held = self.held.mark if self.held else b""
            arguments += (self.prefix, self.random, held, int(LEASE_SECONDS * 1000), TAG_TTL_SECONDS)
            answer: list[Any] = link.run(READ, keys, arguments)
            return answer

        return client.attempt(run)

    def keys(self, link: RedisLink) -> list[str]:
        """Return the keys of the entry, of its lease, and of the tags."""
        own = [f"{link.prefix}entry:{self.key}", f"{link.prefix}lease:{self.key}"]
        return own + [tag_key(link, tag) for tag in self.tags]


def read_through(
    *, limits: Sequence[Limit], key: str, tags: Sequence[str], kind: str, seconds: int, compute: Callable[[], bytes]
) -> Limited:
    """Count the limits, and unless one is exceeded return the bytes of `key`, computed if need be. See Limited."""
    trusted = _trusted_epoch() if settings.CACHE_ENABLED and not changed_here(tags) else None
    if trusted is None:
        usage = count_limits(limits)
        count_read(kind, Outcome.BYPASS)
        return Limited(usage, None if usage and usage.exceeded else compute())
    read = _Read(key, tags, kind, seconds, compute, bytes((_LAYOUT,)) + trusted + bytes((len(tags),)))
    answer = read.ask(limits)
    usage = tightest(limits, answer) if answer else None
    if usage is not None and usage.exceeded:
        return Limited(usage, None)
    return Limited(usage, _value(read, answer and answer[:1] + answer[1 + 2 * len(limits) :]))


def _trusted_epoch() -> bytes | None:
    """Return the epoch to believe in; the one read in some seconds that finds bumps overdue pays them first."""
    known = epoch.current()
    if epoch.bumps_overdue:
        epoch.bumps_overdue = False
        try:
            sweep_bumps()
        except Error as error:
            logger.warning("cache_sweep_failed", error=str(error))
        # A sweep that Redis refused has begun another epoch.
        known = epoch.current()
    return known


def _value(read: _Read, answer: list[Any] | None) -> bytes:
    """Return what Redis has, or compute it, or wait for whoever computes it under the same versions."""
    give_up_at = time.monotonic() + LEASE_SECONDS
    pause = _FIRST_PAUSE_SECONDS
    while answer is not None:
        status = answer[0]
        if status == HELD and read.held is not None:
            count_read(read.kind, Outcome.HIT_LOCAL)
            return read.held.body
        if status == FOUND:
            return _found(read, answer[1])
        if status != WAIT or time.monotonic() >= give_up_at:
            return _lead(read, answer[1])
        body = _wait(read, answer[1], give_up_at, pause)
        if body is not None:
            count_read(read.kind, Outcome.HIT_LOCAL)
            return body
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        answer = read.ask()
    count_read(read.kind, Outcome.ERROR)
    return read.compute()


def _found(read: _Read, entry: bytes) -> bytes:
    count_read(read.kind, Outcome.HIT_REDIS)
    start = len(read.prefix) + _MARK_BYTES * len(read.tags) + _MARK_BYTES
    held = Held(entry[:start], entry[start:])
    local_level.put(read.key, held)
    return held.body


def _wait(read: _Read, head: bytes, give_up_at: float, pause: float) -> bytes | None:
    """Wait for a computation; return its body if it ended in this process, None when Redis has to be asked."""
    flight = flights.find(read.key, head)
    if flight is None:
        time.sleep(pause)
        return None
    flight.ended.wait(max(give_up_at - time.monotonic(), 0.0))
    return flight.body


def _lead(read: _Read, head: bytes) -> bytes:
    """Compute the body, store it under the versions from before, and hand it to those who wait."""
    count_read(read.kind, Outcome.MISS)
    mark = head + read.random
    flight = flights.begin(read.key, head)
    try:
        flight.body = body = read.compute()
        if client.attempt(lambda link: link.run(STORE, read.keys(link), (read.prefix, mark, body, read.seconds))):
            local_level.put(read.key, Held(mark, body))
    except BaseException:
        client.attempt(lambda link: link.run(RELEASE, read.keys(link)[1:2], (mark,)))
        raise
    finally:
        flights.end(read.key, head, flight)
    return body
