"""Readers of other processes never see less than what was committed before they asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from apps.operations.benchmarks.inside.consistency import Board, check_consistency
from apps.operations.benchmarks.stage import QUICK, Stage
from apps.operations.benchmarks.subjects import current_subject
from apps.tenants.selectors import forget_callers
from tests.conftest import City


@pytest.fixture
def stage(measured_city: City, tmp_path: Path) -> Iterator[Stage]:
    with Stage(QUICK, current_subject(), None, folder=settings.BASE_DIR, logs=tmp_path, say=lambda line: None) as found:
        yield found


def test_eight_writers_and_eight_readers_agree_through_two_servers_caches(stage: Stage, measured_city: City) -> None:
    server = stage.product(stage.large, cached=True)
    found = check_consistency(
        host=server.address.host,
        port=server.address.port,
        key=measured_city.key,
        tenant_id=measured_city.id,
        seconds=2.5,
    )
    assert (found["stale"], found["failures"]) == ([], [])
    assert found["writes"] > 8
    assert found["reads"] > 8
    forget_callers()


def test_an_answer_older_than_what_was_published_is_told() -> None:
    board = Board(versions={7: 1}, reports=3)
    board.publish_version(7, 4)
    board.publish_version(7, 2)
    versions, reports = board.snapshot()
    board.compare("issue 7", versions[7], 3)
    board.compare("issue 7", versions[7], None)
    board.compare("issue 7", versions[7], 5)
    board.compare("reports", reports, 3)
    assert board.stale == ["issue 7: published 4, seen 3", "issue 7: published 4, seen None"]
    assert board.reads == 4
