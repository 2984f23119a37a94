"""The epoch in which entries are believed. It stands in the head of every entry, so that another one's is not found.

A bump that Redis refused cannot be told to processes that still reach Redis. The database can be told: a new epoch
there makes everybody's entries worthless. Every process looks once in a while, in the middle of some read of the
cache.
"""

import threading
import time
from datetime import datetime

import structlog
from django.db import DEFAULT_DB_ALIAS, Error, connections

logger = structlog.get_logger(__name__)

# Together with OVERDUE_SECONDS the five seconds in which a bump lost by a crash has to take effect.
READ_EVERY_SECONDS = 2.0
OVERDUE_SECONDS = 3.0
# Begins the statements of which nobody can say which request will send them; query budgets leave them out.
UPKEEP = "/* cache upkeep */"
_READ = f"""{UPKEEP} SELECT
  coalesce((SELECT number FROM cache_epoch), 0),
  coalesce((
    SELECT written_at < clock_timestamp() - make_interval(secs => %s) FROM cache_bumps ORDER BY id LIMIT 1
  ), false)"""
_RAISE = f"""{UPKEEP} INSERT INTO cache_epoch (id, number)
  VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
  ON CONFLICT (id) DO UPDATE SET number = greatest(cache_epoch.number + 1, excluded.number)
  WHERE cache_epoch.number < %s RETURNING number"""
_ANY_NUMBER = 2**63 - 1


class Epoch:
    """What this process knows of the epoch. Thread-safe.

    `bumps_overdue`: at the last look there were bumps that the sweep should have dealt with by then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first_look = threading.Lock()
        self._known: bytes | None = None
        self._number = -1
        self._read_again_at = 0.0
        self.bumps_overdue = False

    def current(self) -> bytes | None:
        """Return the epoch as entries carry it, at most READ_EVERY_SECONDS old; None when it cannot be known.

        Inside a transaction what is known is enough: a statement that failed there would fail the caller's work. With
        the database away nobody commits, and what was known last still holds.
        """
        if self._known is None:
            # Of the first threads of a process one looks, and the others need to know what it sees.
            with self._first_look:
                if self._known is None and time.monotonic() >= self._read_again_at:
                    self._read()
        elif time.monotonic() >= self._read_again_at and not connections[DEFAULT_DB_ALIAS].in_atomic_block:
            self._read()
        return self._known

    def raise_(self, *, unless_since: datetime | None = None) -> None:
        """Begin a new epoch: from its next look on, every process distrusts all that is stored. One statement.

        Nothing happens when the present epoch began after `unless_since`. The database's errors are logged.
        """
        below = _ANY_NUMBER if unless_since is None else int(unless_since.timestamp() * 1_000_000)
        try:
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                cursor.execute(_RAISE, [below])
                raised = cursor.fetchone()
        except Error as error:
            # The row in cache_bumps remains, and the sweep pays it.
            logger.warning("cache_epoch_not_raised", error=str(error))
        else:
            if raised is not None:
                logger.warning("cache_epoch_raised", number=raised[0])
                self._learn(raised[0])

    def forget(self) -> None:
        """Know nothing, and look at the next read."""
        with self._lock:
            self._known, self._number, self._read_again_at = None, -1, 0.0

    def _read(self) -> None:
        # Set first: of several threads one looks, and the others go on with what is known.
        self._read_again_at = time.monotonic() + READ_EVERY_SECONDS
        try:
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                cursor.execute(_READ, [OVERDUE_SECONDS])
                number, self.bumps_overdue = cursor.fetchone()
            self._learn(number)
        except Error as error:
            logger.warning("cache_epoch_unknown", error=str(error))

    def _learn(self, number: int) -> None:
        with self._lock:
            # Another thread may have raised it while this one read.
            if number > self._number:
                self._number, self._known = number, number.to_bytes(8, "big")


epoch = Epoch()
