"""Every figure that can be measured, in the order in which that is done."""

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from apps.operations.benchmarks.machine import usage
from apps.operations.benchmarks.results import Result, verdict
from apps.operations.benchmarks.stage import Stage
from apps.operations.benchmarks.suites import api, cache, concurrent, database, deep

SUITES = ("database", "api", "cache", "concurrent")


@dataclass(frozen=True, slots=True)
class Figure:
    """Some results that are measured together; `ids` are the families that they belong to, R8 apart.

    `over_http` figures alone can be measured on a server that runs elsewhere, where its cache is as they need it.
    """

    suite: str
    ids: tuple[str, ...]
    measure: Callable[[Stage], Iterator[Result]]
    over_http: bool = False


FIGURES = (
    Figure("database", ("R1", "R2"), database.hot_queries),
    Figure("database", ("R10",), database.exports),
    Figure("api", ("R3",), api.uncached_list),
    Figure("api", ("R4",), api.cached_list, over_http=True),
    Figure("api", ("R5",), api.issue_with_reports),
    Figure("api", ("R6",), deep.deep_pages),
    Figure("api", ("R7",), api.dashboard, over_http=True),
    Figure("cache", ("R9",), cache.tags),
    Figure("cache", ("C5",), cache.stampede),
    Figure("cache", ("L3", "C1"), cache.mixed),
    Figure("concurrent", ("D4",), concurrent.threads_and_pool),
    Figure("concurrent", ("D4",), concurrent.many_clients, over_http=True),
    Figure("concurrent", ("C3",), concurrent.consistency),
)


@dataclass(slots=True)
class Run:
    """What a run came to: the results, and what could not be measured, in words."""

    results: list[Result]
    broken: list[str]


def chosen_figures(suites: Iterable[str], only: Iterable[str], *, over_http: bool) -> list[Figure]:
    """Return the figures of these suites, or those of them whose family is in `only`."""
    wanted, families = set(suites), {name.strip().upper() for name in only}
    return [
        figure
        for figure in FIGURES
        if figure.suite in wanted
        and (not families or families & {*figure.ids, "R8"})
        and (figure.over_http or not over_http)
    ]


def known_families() -> list[str]:
    """Return what `only` may name."""
    return ["R8", *sorted({name for figure in FIGURES for name in figure.ids})]


def measure(figures: Iterable[Figure], stage: Stage, *, only: Iterable[str] = ()) -> Run:
    """Measure each figure, telling each result as it comes; one that breaks does not end the run."""
    families = {name.strip().upper() for name in only}
    run = Run([], [])
    for figure in figures:
        with usage() as machine:
            found: list[Result] = []
            try:
                found += figure.measure(stage)
            except Exception as error:  # noqa: BLE001 - told, and counted as broken
                run.broken.append(f"{', '.join(figure.ids)}: {error}")
                stage.say(f"{', '.join(figure.ids)} cannot be measured: {traceback.format_exc(limit=-2)}")
        fit = None if machine.foreign_share is None else machine.fit
        for each in found:
            if not families or each.id.partition(".")[0] in families:
                run.results.append(replace(each, fit=fit))
                _tell(run.results[-1], stage)
    return run


def _tell(found: Result, stage: Stage) -> None:
    ratio = "" if found.ratio is None else f", ratio {found.ratio:.3f}"
    stage.say(f"{found.id}: {found.value:,.3f} {found.unit}{ratio} {verdict(found)}".rstrip())
