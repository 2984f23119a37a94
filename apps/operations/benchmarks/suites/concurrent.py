"""D4: nobody is refused. C3: nobody sees what is older than what they could know of."""

from collections.abc import Iterator

from apps.operations.benchmarks.load.client import put_load
from apps.operations.benchmarks.load.generator import Order
from apps.operations.benchmarks.race import LoadRefused
from apps.operations.benchmarks.results import Result, percentile, result
from apps.operations.benchmarks.stage import Stage
from apps.operations.benchmarks.suites.api import REPORTS, Visit, check_page, checked_requests

_THREADS = 50
_POOL = 20


def threads_and_pool(stage: Stage) -> Iterator[Result]:
    """Yield D4 of the pool: 50 threads query through 20 connections; how many fail."""
    worker = stage.worker(stage.large, number=8, pool=_POOL, cached=False)
    done = worker.call("query_from_threads", threads=_THREADS, calls=stage.plan.calls // 4 + 1, seed=stage.plan.seed)
    for failure in sorted(set(done["failures"]))[:3]:
        stage.say(f"D4.threads: {failure}")
    name = f"failures of {_THREADS} threads through a pool of {done['pool']}"
    yield result("D4.threads", name, len(done["failures"]), "failures")
    yield result("D4.threads_p95", "their p95", percentile(done["milliseconds"], 95), "ms")


def many_clients(stage: Stage) -> Iterator[Result]:
    """Yield D4 of the server: many connections at once, with the cache off; how many are refused or fail."""
    server = stage.product(stage.large, cached=False)
    visits = [Visit(user, REPORTS, check_page) for user in stage.visitors(stage.large)]
    plan = stage.plan
    load = put_load(
        Order(
            host=server.address.host,
            port=server.address.port,
            requests=checked_requests(server, visits),
            connections=plan.clients,
            seconds=plan.seconds * 2,
        ),
        folder=stage.folder,
    )
    if load.problem:
        stage.say(f"D4.clients: {load.problem}")
    name = f"failures of {plan.clients} clients at once, {load.requests:,} requests"
    yield result("D4.clients", name, load.errors + load.refused, "failures")
    yield result("D4.clients_p95", "their p95", load.p95, "ms")


def consistency(stage: Stage) -> Iterator[Result]:
    """Yield C3: reads through the cache that were older than a write they could know of, while 8 write and 8 read."""
    if not stage.large.own:
        stage.say("C3 is left out: it writes, and this database is not the benchmark's own (see --reports)")
        return
    server = stage.product(stage.large, cached=True)
    user = stage.largest(stage.large)
    seconds = stage.plan.consistency_seconds
    done = stage.worker(stage.large).call(
        "check_consistency",
        host=server.address.host,
        port=server.address.port,
        key=user["key"],
        tenant_id=user["tenant_id"],
        seconds=seconds,
    )
    if done["failures"] or not done["reads"] or not done["writes"]:
        raise LoadRefused(f"the check of consistency did not get through: {done['failures'][:3]}")
    for stale in done["stale"][:5]:
        stage.say(f"C3: {stale}")
    name = f"stale of {done['reads']:,} reads beside {done['writes']:,} writes in {seconds:.0f} s"
    yield result("C3.stale_reads", name, len(done["stale"]), "reads")
