"""The cache's sweep runs by itself, and in time."""

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction

from apps.core.cache import bump_tags, sweeping
from apps.core.models import PendingBump
from apps.pipeline.tasks import sweep_cache


def test_every_scheduled_task_is_known_and_the_cache_is_swept_within_five_seconds() -> None:
    schedule = settings.CELERY_BEAT_SCHEDULE.values()
    current_app.loader.import_default_modules()
    assert {entry["task"] for entry in schedule} <= set(current_app.tasks)
    (every,) = [entry["schedule"] for entry in schedule if entry["task"] == sweep_cache.name]
    assert every + sweeping.GRACE_SECONDS < 5


@pytest.mark.django_db(transaction=True)
def test_the_task_clears_paid_rows_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        bump_tags(["reports:{7}"])
    monkeypatch.setattr(sweeping, "GRACE_SECONDS", 0.0)
    assert (PendingBump.objects.count(), sweep_cache()) == (1, 0)
    assert PendingBump.objects.count() == 0
