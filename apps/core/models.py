"""Tables of mechanisms. They hold no tenant's data and stand outside row-level security."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.identifiers import uuid7


class PendingBump(models.Model):
    """Tags that a committed transaction has changed; there until the sweep knows that they were bumped.

    Lives for seconds. The sweep reads all there is, in the order of the key, so that no other index is paid for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    tags = ArrayField(models.TextField())
    # The moment itself: now() is that at which the transaction began.
    written_at = models.DateTimeField(
        db_default=models.Func(function="clock_timestamp", output_field=models.DateTimeField())
    )

    class Meta:
        db_table = "cache_bumps"

    def __str__(self) -> str:
        return ", ".join(self.tags)


class CacheEpoch(models.Model):
    """One row: the epoch in which entries of the cache are believed, as the microsecond at which it began."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField()

    class Meta:
        db_table = "cache_epoch"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="cache_epoch_one_row")]

    def __str__(self) -> str:
        return str(self.number)
