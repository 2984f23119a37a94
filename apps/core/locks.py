"""Advisory locks by name, held until the transaction ends."""

from collections.abc import Callable, Iterable
from functools import wraps
from hashlib import blake2b
from typing import ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError
from psycopg.errors import DeadlockDetected

Name = str | int
DEADLOCK_ATTEMPTS = 3
P = ParamSpec("P")
R = TypeVar("R")


def lock_key(name: Iterable[Name]) -> int:
    """Turn the parts of a name into PostgreSQL's signed 64-bit key."""
    # The separator keeps ("ab", "c") and ("a", "bc") apart.
    text = "\x1f".join(str(part) for part in name)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def hold_locks(names: Iterable[tuple[Name, ...]], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Wait for every named lock and hold it until the transaction ends. One query.

    Names are tuples such as ("place_reports", tenant_id, cell). They are taken in one global order, so that two
    transactions that want several of the same never wait for each other. The wait is bounded by `lock_timeout`.
    Errors: TransactionManagementError outside a transaction; OperationalError when the wait takes too long.
    """
    keys = sorted({lock_key(name) for name in names})
    if not keys:
        return
    with _in_transaction(using).cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def hold_lock(*name: Name, using: str = DEFAULT_DB_ALIAS) -> None:
    """Wait for one named lock and hold it until the transaction ends."""
    hold_locks([name], using=using)


def try_lock(*name: Name, using: str = DEFAULT_DB_ALIAS) -> bool:
    """Take the named lock if it is free, and tell whether it is ours now; somebody else's is an ordinary answer."""
    with _in_transaction(using).cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key(name)])
        return bool(cursor.fetchone()[0])


def _in_transaction(using: str) -> BaseDatabaseWrapper:
    connection = connections[using]
    if not connection.in_atomic_block:
        raise TransactionManagementError("an advisory lock needs transaction.atomic(): it ends with the transaction")
    return connection


def retry_deadlocks(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service again, up to DEADLOCK_ATTEMPTS times, when PostgreSQL ends its transaction to break a deadlock.

    For services that write nothing outside their own transaction. Inside somebody else's transaction nothing can be
    retried, and the error is the caller's.
    """

    @wraps(service)
    def retried(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(DEADLOCK_ATTEMPTS - 1):
            if connections[DEFAULT_DB_ALIAS].in_atomic_block:
                break
            try:
                return service(*args, **kwargs)
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
        return service(*args, **kwargs)

    return retried
