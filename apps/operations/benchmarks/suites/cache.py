"""R9, C5, C1 and L3: invalidation, stampedes, and the hit rate of a day's mixture."""

import time
from collections.abc import Iterator

from apps.operations.benchmarks.load.requests import request
from apps.operations.benchmarks.race import Contender, compare, race
from apps.operations.benchmarks.results import Result, middle, result, spread
from apps.operations.benchmarks.stage import Stage
from apps.operations.benchmarks.workers import call_together

_PROCESSES = 2
_MISSES = 100
_START_SECONDS = 0.5
_MIXED_REQUESTS = 20_000


def tags(stage: Stage) -> Iterator[Result]:
    """Yield R9: a bump of a tag that covers many entries beside one that covers none; round trips of a read."""
    worker = stage.worker(stage.large)
    entries = stage.plan.tag_entries
    rounds = [worker.call("time_tags", entries=entries if not number else 0) for number in range(stage.plan.rounds)]
    bumps = [done["bump"] for done in rounds]
    yield result(
        "R9.bump",
        f"bump of a tag that covers {entries:,} entries ÷ of one that covers none",
        middle(bumps),
        "ms",
        limit=middle([done["bump_alone"] for done in rounds]),
        spread=spread(bumps),
    )
    trips = max(done["round_trips"] for done in rounds)
    yield result("R9.round_trips", "round trips to Redis of a read with 5 tags", trips, "round trips")
    yield result("R9.read", "read with 5 tags", middle([done["read"] for done in rounds]), "ms")


def stampede(stage: Stage) -> Iterator[Result]:
    """Yield C5: how many of a hundred readers in two processes compute what all of them miss at one moment."""
    workers = [stage.worker(stage.large, number) for number in range(_PROCESSES)]
    most = 0
    for number in range(stage.plan.rounds):
        # A key of its own for each round and each run.
        key = f"benchmark:{{0}}:stampede:{time.time_ns()}:{number}"
        computed = call_together(
            workers, "compute_together", key=key, threads=_MISSES // _PROCESSES, start_at=time.time() + _START_SECONDS
        )
        most = max(most, sum(computed))
    yield result("C5.computations", f"computations for {_MISSES} misses at once", most, "computations")


def mixed(stage: Stage) -> Iterator[Result]:
    """Yield L3 and C1: a day's mixture ÷ the bare view, its latencies, and the cache's hit rate.

    Its 5 % of writes are made only in a database of the benchmark's own.
    """
    server = stage.product(stage.large, cached=True)
    worker = stage.worker(stage.large)
    drawn = worker.call(
        "mixed_requests",
        users=stage.visitors(stage.large),
        count=_MIXED_REQUESTS,
        seed=stage.plan.seed,
        writes=stage.large.own,
    )
    sent = [request(each["path"], key=each["key"], document=each["document"]) for each in drawn]
    ours = Contender("product, mixed", server, sent, frozenset(("200", "201")))
    bare = Contender("bare view", stage.bare(), sent)
    before = worker.call("cache_reads")
    race([ours, bare], stage)
    time.sleep(1.5)  # processes add their counts to Redis once a second
    after = worker.call("cache_reads")
    found = compare(ours, bare)
    name = "70 % list, 15 % detail, 10 % dashboard, 5 % write" if stage.large.own else "lists, details, dashboards"
    yield result(
        "L3.mixed",
        f"{name} ÷ bare view",
        found.rate,
        "req/s",
        limit=found.limit,
        ratio=found.ratio,
        spread=found.spread,
    )
    yield result("L3.p95", "the mixture's p95", ours.percentile(95), "ms")
    yield result("L3.p99", "the mixture's p99", ours.percentile(99), "ms")
    hits, misses = (after[name] - before[name] for name in ("hits", "misses"))
    yield result("C1.hit_rate", f"hit rate of {hits + misses:,} reads", hits / max(hits + misses, 1), "of reads")
