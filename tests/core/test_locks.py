"""Advisory locks keep two transactions apart and end with the transaction."""

import threading

import pytest
from django.db import OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from psycopg.errors import DeadlockDetected, LockNotAvailable

from apps.core.locks import DEADLOCK_ATTEMPTS, hold_lock, hold_locks, lock_key, retry_deadlocks, try_lock
from apps.core.query_counter import QueryCounter

pytestmark = pytest.mark.django_db(transaction=True)


def in_another_transaction(name: tuple[str | int, ...]) -> bool:
    """Try a lock from another connection."""
    answers = []

    def ask() -> None:
        with transaction.atomic():
            answers.append(try_lock(*name))
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return answers[0]


def test_held_lock_is_refused_to_others_until_the_transaction_ends() -> None:
    with transaction.atomic():
        hold_lock("place_reports", 7, 99)
        assert try_lock("place_reports", 7, 99)
        assert not in_another_transaction(("place_reports", 7, 99))
        assert in_another_transaction(("place_reports", 7, 98))
    assert in_another_transaction(("place_reports", 7, 99))


def test_several_locks_are_one_query_in_one_order() -> None:
    names = [("cell", n) for n in range(20)]
    with transaction.atomic(), QueryCounter() as queries:
        hold_locks(names)
        hold_locks([])
    assert len(queries) == 1
    failures: list[Exception] = []

    def take(given: list[tuple[str | int, ...]]) -> None:
        try:
            for _ in range(15):
                with transaction.atomic():
                    hold_locks(given)
        except OperationalError as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(order,)) for order in (names, names[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_wait_for_a_lock_is_bounded() -> None:
    started, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            hold_lock("busy")
            started.set()
            release.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    started.wait(10)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                hold_lock("busy")
            transaction.set_rollback(True)
    finally:
        release.set()
        thread.join()


def test_lock_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        hold_lock("anything")


def test_parts_of_a_name_do_not_run_together() -> None:
    assert lock_key(("ab", "c")) != lock_key(("a", "bc"))
    assert lock_key(("cell", 7)) == lock_key(["cell", 7])
    assert -(2**63) <= lock_key(("x",)) < 2**63


def test_a_deadlock_is_tried_again_and_other_errors_are_not():
    calls: list[int] = []

    @retry_deadlocks
    def stumbles(error: type[Exception]) -> str:
        calls.append(1)
        if len(calls) < DEADLOCK_ATTEMPTS:
            raise OperationalError("stopped") from error("stopped")
        return "done"

    assert stumbles(DeadlockDetected) == "done"
    assert len(calls) == DEADLOCK_ATTEMPTS
    calls.clear()
    with pytest.raises(OperationalError):
        stumbles(LockNotAvailable)
    assert len(calls) == 1
