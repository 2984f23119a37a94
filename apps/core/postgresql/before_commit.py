"""What is written last in a transaction, in the same packet as its COMMIT."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

Statement = tuple[str, Sequence[Any]]
Hook = Callable[[BaseDatabaseWrapper], list[Statement]]
_hooks: list[Hook] = []


def before_commit(hook: Hook) -> Hook:
    """Ask the function for the statements that every transaction ends with; a decorator.

    It is called when all savepoints are released or rolled back, and may look at the connection's `run_on_commit`. The
    statements run without the context's local settings: tables under row-level security are not for them.
    """
    _hooks.append(hook)
    return hook


def last_statements(connection: BaseDatabaseWrapper) -> list[Statement]:
    """Return the statements that go in front of this transaction's COMMIT."""
    # Whoever has something to write has something to do after the commit, too.
    return [statement for hook in _hooks for statement in hook(connection)] if connection.run_on_commit else []
