"""R1, R2: the four hot queries through the selectors, beside psycopg. R10: an export."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from apps.operations.benchmarks.results import Result, middle, percentile, result, spread
from apps.operations.benchmarks.stage import Stage
from apps.operations.benchmarks.subjects import Subject
from apps.operations.benchmarks.workers import Worker, call_together

# Ten connections as two processes of five threads: ten threads of one Python process would measure its lock.
PROCESSES = 2
THREADS = 5
_EXPORT_FORMATS = ("csv", "ndjson", "geojson")


@dataclass(slots=True)
class Timings:
    """Milliseconds of every call of one way, round by round."""

    rounds: list[list[float]] = field(default_factory=list)

    def percentiles(self, percent: int) -> list[float]:
        """Return the percentile of each round."""
        return [percentile(milliseconds, percent) for milliseconds in self.rounds]


def hot_queries(stage: Stage) -> Iterator[Result]:
    """Yield R1 and R2 of each query, and R8 of both where there is smaller data."""
    workers = {subject.name: _workers(stage, subject) for subject in stage.subjects}
    for query, name in workers[stage.large.name][0].call("hot_query_ids").items():
        ours, bare, *small = _time(stage, workers, query)
        yield from _selectors_and_psycopg(query, name, ours, bare)
        if small:
            yield from _growth(query, name, ours, bare, *small)


def exports(stage: Stage) -> Iterator[Result]:
    """Yield R10: rows a second of an export in each format, and the memory that it takes above the process's own."""
    worker = stage.worker(stage.large, number=9)
    most = 0.0
    for name in _EXPORT_FORMATS:
        rounds = [
            worker.call("time_export", format=name, rows=stage.plan.export_rows) for _ in range(stage.plan.rounds)
        ]
        rates = [done["rows"] / done["seconds"] for done in rounds]
        most = max(most, *(done["mebibytes"] for done in rounds))
        rows = int(rounds[0]["rows"])
        yield result(f"R10.{name}", f"{name} export of {rows:,} reports", middle(rates), "rows/s", spread=spread(rates))
    yield result("R10.memory", "most memory of an export above idle", most, "MiB")


def _workers(stage: Stage, subject: Subject) -> list[Worker]:
    return [stage.worker(subject, number, cached=False) for number in range(PROCESSES)]


def _time(stage: Stage, workers: dict[str, list[Worker]], query: str) -> list[Timings]:
    """Time the ways in turn: selectors and psycopg over the large data, then both over the small."""
    ways = [_way(stage, workers[subject.name], query, way) for subject in stage.subjects for way in _WAYS]
    timings = [Timings() for _ in ways]
    for _ in range(stage.plan.rounds):
        for way, found in zip(ways, timings, strict=True):
            found.rounds.append(way())
    return timings


_WAYS = ("selectors", "psycopg")


def _way(stage: Stage, workers: list[Worker], query: str, way: str) -> Callable[[], list[float]]:
    plan = stage.plan

    def run() -> list[float]:
        found = call_together(
            workers, "time_hot_query", query=query, way=way, threads=THREADS, calls=plan.calls, seed=plan.seed
        )
        return [one for each in found for one in each]

    return run


def _selectors_and_psycopg(query: str, name: str, ours: Timings, bare: Timings) -> Iterator[Result]:
    p95, bare_p95 = ours.percentiles(95), bare.percentiles(95)
    yield result(
        f"R1.{query}",
        f"{name}, p95",
        middle(p95),
        "ms",
        limit=middle(bare_p95),
        ratio=_ratio(p95, bare_p95),
        spread=spread(p95),
    )
    p50, bare_p50 = ours.percentiles(50), bare.percentiles(50)
    yield result(
        f"R2.{query}",
        f"{name}, p50 ÷ psycopg",
        middle(p50),
        "ms",
        limit=middle(bare_p50),
        ratio=_ratio(p50, bare_p50),
        spread=_ratio_spread(p50, bare_p50),
    )


def _growth(
    query: str, name: str, ours: Timings, bare: Timings, small: Timings, small_bare: Timings
) -> Iterator[Result]:
    """R8 is what more data costs: of R1 the time, of R2 what the objects cost above psycopg."""
    large_p95, small_p95 = ours.percentiles(95), small.percentiles(95)
    yield result(
        f"R8.R1.{query}",
        f"{name}, p95 at 10 × the data",
        middle(large_p95),
        "ms",
        limit=middle(small_p95),
        ratio=_ratio(large_p95, small_p95),
        spread=_ratio_spread(large_p95, small_p95),
    )
    large, few = (
        [mine / limit for mine, limit in zip(one.percentiles(50), other.percentiles(50), strict=True)]
        for one, other in ((ours, bare), (small, small_bare))
    )
    yield result(
        f"R8.R2.{query}",
        f"{name} ÷ psycopg at 10 × the data",
        middle(large),
        "×",
        limit=middle(few),
        ratio=_ratio(large, few),
        spread=_ratio_spread(large, few),
    )


def _ratios(values: list[float], limits: list[float]) -> list[float]:
    return [value / limit for value, limit in zip(values, limits, strict=True)]


def _ratio(values: list[float], limits: list[float]) -> float:
    return middle(_ratios(values, limits))


def _ratio_spread(values: list[float], limits: list[float]) -> float | None:
    return spread(_ratios(values, limits))
