"""Write a whole population of finished cities, stage by stage, with a process a core."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from apps.demo.city import CityOrder
from apps.demo.crew import Heard, work_through
from apps.demo.models import DemoCity
from apps.demo.services.finished import (
    FinishedWork,
    complete_city,
    found_finished_cities,
    read_city,
    write_finished_city,
)
from apps.demo.upkeep import vacuum_tables

# Below, any plan is quick, and a process takes longer to start than to work.
ROWS_WORTH_THE_EFFORT = 20_000
# Opens a stage: its name, how much there is to do, of what. What it yields hears of progress.
Stage = Callable[[str, int, str], AbstractContextManager[Heard]]


@dataclass
class FinishedSummary:
    """What was new, and how many seconds each stage took."""

    reports: int = 0
    issues: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        """Note that a stage has ended."""
        now = time.perf_counter()
        self.seconds[stage], self._last = now - self._last, now


def seed_finished_cities(
    *, orders: list[CityOrder], seed: int, until: datetime | None, now: datetime, workers: int, stage: Stage
) -> FinishedSummary:
    """Make, write, count and tidy up all cities; what an earlier run has done is left alone.

    Stages: cities (tenants with services, departments and staff), reports (with issues and all that hangs on them),
    texts (read for search), clocks (SLA and rollups), tidy (VACUUM and ANALYZE).
    `now` decides which due times have passed.
    Errors: DemoRefused before anything is written; CrewFailed when a process fails: what is committed stays, and
    repeating the call goes on from there.
    """
    done = FinishedSummary()
    cities = found_finished_cities(orders=orders, seed=seed, until=until)
    # Largest first, as they are ordered: the small ones then fill what time the other process has left.
    behind = [pair for pair in zip(orders, cities, strict=True) if pair[1].finished_at is None]
    large = sum(order.reports for order, _ in behind) >= ROWS_WORTH_THE_EFFORT
    workers = workers if large else 1
    done.lap("cities")
    done.reports = _write_all(behind, workers, stage)
    if large:
        # The planner knows nothing yet of what the next stages are about to read.
        vacuum_tables(analyze_only=True)
    done.lap("reports")
    _read_all(behind, workers, stage)
    done.lap("texts")
    done.issues = _complete_all(behind, workers, now, stage)
    done.lap("clocks")
    if large:
        vacuum_tables()
    done.lap("tidy")
    return done


def _write_all(cities: list[tuple[CityOrder, DemoCity]], workers: int, stage: Stage) -> int:
    missing = sum(order.reports - (city.written or 0) for order, city in cities)
    with stage("write", missing, "reports") as heard:
        done = work_through(_write, [(order, city.tenant_id) for order, city in cities], workers=workers, heard=heard)
    return sum(each.reports for each in done)


def _read_all(cities: list[tuple[CityOrder, DemoCity]], workers: int, stage: Stage) -> None:
    with stage("read", sum(order.reports + order.problems for order, _ in cities), "texts") as heard:
        work_through(_read, [city.tenant_id for _, city in cities], workers=workers, heard=heard)


def _complete_all(cities: list[tuple[CityOrder, DemoCity]], workers: int, now: datetime, stage: Stage) -> int:
    with stage("measure", sum(order.problems for order, _ in cities), "issues") as heard:
        done = work_through(_complete, [(city.tenant_id, now) for _, city in cities], workers=workers, heard=heard)
    return sum(each.issues for each in done)


def _write(job: tuple[CityOrder, int], heard: Heard) -> FinishedWork:
    order, tenant_id = job
    return write_finished_city(order=order, tenant_id=tenant_id, progress=heard)


def _read(tenant_id: int, heard: Heard) -> int:
    return read_city(tenant_id=tenant_id, progress=heard)


def _complete(job: tuple[int, datetime], heard: Heard) -> FinishedWork:
    tenant_id, now = job
    return complete_city(tenant_id=tenant_id, now=now, progress=heard)
