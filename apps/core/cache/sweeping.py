"""Pay the bumps that a crash kept from Redis, and clear away the rows of those that are paid."""

from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, connections

from apps.core.cache.client import client, note_key
from apps.core.cache.epoch import UPKEEP, epoch
from apps.core.redis_link import RedisLink

# A writer bumps within milliseconds of its commit; whoever takes longer is bumped for, twice does no harm.
GRACE_SECONDS = 1.0
# A burst of small writes leaves some thousand rows between two sweeps; more of them wait for the next.
_MOST_ROWS = 10_000
_DUE = f"""{UPKEEP} SELECT id, tags, written_at FROM cache_bumps
  WHERE written_at < clock_timestamp() - make_interval(secs => %s) ORDER BY id LIMIT %s"""
_DELETE = f"{UPKEEP} DELETE FROM cache_bumps WHERE id = ANY(%s)"


def sweep_bumps() -> int:
    """Bump the tags of transactions that committed and did not; return how many there were.

    Two statements and two packets to Redis, one statement when there is nothing. Safe to run twice at once. If Redis
    refuses, the rows stay, and a new epoch begins unless one has since they were written.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [GRACE_SECONDS, _MOST_ROWS])
        rows = cursor.fetchall()
    if not rows:
        return 0

    def notes(link: RedisLink) -> list[bytes | None]:
        found: list[bytes | None] = link.send([("MGET", *(note_key(link, str(row)) for row, _, _ in rows))])[0]
        return found

    noted = client.attempt(notes)
    unpaid = [tags for (_, tags, _), note in zip(rows, noted or [None] * len(rows), strict=True) if note is None]
    if noted is None or (unpaid and not client.bump({tag for tags in unpaid for tag in tags})):
        # A row is written just before its commit; an epoch that began in between came too early.
        epoch.raise_(unless_since=max(at for _, _, at in rows) + timedelta(seconds=GRACE_SECONDS))
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, [[row for row, _, _ in rows]])
    return len(unpaid)
