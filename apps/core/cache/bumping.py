"""Make entries invalid by tag, after the commit and never before it; also when the process dies in between."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.core.cache.client import client
from apps.core.cache.epoch import epoch
from apps.core.cache.memory import forget_tags
from apps.core.identifiers import uuid7
from apps.core.postgresql.before_commit import Statement, before_commit

logger = structlog.get_logger(__name__)

# As texts, which psycopg quotes in a third of the time of a UUID and a list.
_LEAVE = "INSERT INTO cache_bumps (id, tags) VALUES (%s, string_to_array(%s, chr(10)))"


@dataclass(slots=True)
class _BumpOnCommit:
    """Bumps tags when called; stands in the connection's list of what to do on commit.

    `row`: the row of `cache_bumps` that the transaction left behind; None outside one.
    """

    tags: set[str] = field(default_factory=set)
    row: UUID | None = None

    def __call__(self) -> None:
        if not self.tags:
            return
        forget_tags(self.tags)
        if not client.bump(self.tags, rows=[] if self.row is None else [str(self.row)]):
            logger.warning("cache_bump_refused", tags=len(self.tags))
            epoch.raise_()


def bump_tags(tags: Iterable[str], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make all entries under these tags invalid once the transaction commits; at once outside one.

    A rollback, of a savepoint too, takes its bumps with it. The transaction leaves one row that says what it bumps,
    sent together with its COMMIT, by which a sweep makes good what a crash prevented. If Redis refuses, a new epoch
    begins (see epoch.py), and this process pays the bump before it trusts the cache again.
    """
    names = set(tags)
    if not names:
        return
    connection = connections[using]
    for bump in reversed(_pending(connection, of_this_savepoint=True)):
        bump.tags |= names
        return
    transaction.on_commit(_BumpOnCommit(names), using=using)


@before_commit
def _leave_row(connection: BaseDatabaseWrapper) -> list[Statement]:
    """Gather the bumps of all savepoints that are left into one, and write it down."""
    bumps = _pending(connection)
    if not bumps:
        return []
    first = bumps[0]
    for other in bumps[1:]:
        first.tags |= other.tags
        other.tags = set()
    first.row = uuid7()
    return [(_LEAVE, [str(first.row), "\n".join(sorted(first.tags))])]


def _pending(connection: BaseDatabaseWrapper, *, of_this_savepoint: bool = False) -> list[_BumpOnCommit]:
    # Kept in Django's own list, so that whatever rolls back is forgotten here too.
    savepoints = set(connection.savepoint_ids)
    return [
        entry[1]
        for entry in connection.run_on_commit
        if isinstance(entry[1], _BumpOnCommit) and (not of_this_savepoint or entry[0] == savepoints)
    ]


def changed_here(tags: Sequence[str]) -> bool:
    """Whether this transaction has changes under these tags: others may not see them, and they may yet roll back."""
    return any(
        not bump.tags.isdisjoint(tags)
        for connection in connections.all(initialized_only=True)
        if connection.in_atomic_block and connection.run_on_commit
        for bump in _pending(connection)
    )
