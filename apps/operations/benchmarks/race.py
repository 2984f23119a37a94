"""Put the same kind of load on several servers in turns, so that a slow minute hits all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.operations.benchmarks.load.client import put_load
from apps.operations.benchmarks.load.generator import LoadResult, Order
from apps.operations.benchmarks.results import middle, spread
from apps.operations.benchmarks.servers.gunicorn import Server
from apps.operations.benchmarks.stage import Stage

_WARM_SECONDS = 0.3


class LoadRefused(RuntimeError):
    """Answers under load were not what they are alone: errors, or statuses that nobody expects."""


@dataclass(slots=True)
class Contender:
    """A server and the requests that it gets; `turns` are the loads that it had, round by round."""

    name: str
    server: Server
    requests: list[bytes]
    statuses: frozenset[str] = frozenset(("200",))
    turns: list[list[LoadResult]] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        """Good answers a second in each round."""
        return [sum(turn.per_second for turn in turns) / len(turns) for turns in self.turns]

    @property
    def generator_share(self) -> float:
        """How much of one core the generator itself took, on average."""
        turns = [turn for each in self.turns for turn in each]
        return sum(turn.cpu_share for turn in turns) / len(turns)

    def summary(self) -> str:
        """Return a line of what was seen, the generator's own part included."""
        latencies = ", ".join(f"p{percent} {self.percentile(percent):.2f}" for percent in (50, 95, 99))
        uneven = sum(not turn.balanced for turns in self.turns for turn in turns)
        warning = f"; {uneven} turns not spread evenly over the workers" if uneven else ""
        return (
            f"    {self.name}: {middle(self.rates):,.0f} req/s, {latencies} ms; "
            f"generator {self.generator_share:.0%} of a core{warning}"
        )

    def percentile(self, percent: int) -> float:
        """Return the median turn's 50th, 95th or 99th percentile in milliseconds."""
        return middle([getattr(turn, f"p{percent}") for turns in self.turns for turn in turns])


@dataclass(frozen=True, slots=True)
class Comparison:
    """One contender's rate by another's, round by round."""

    rate: float
    limit: float
    ratio: float
    spread: float | None


def race(contenders: Sequence[Contender], stage: Stage) -> None:
    """Load each contender in turn, forwards and backwards in each round; the first, short round is not counted.

    Errors: LoadRefused when answers fail under load.
    """
    plan = stage.plan
    for contender in contenders:
        _turn(contender, stage, seconds=plan.seconds / 2, first=0)
    for number in range(plan.rounds):
        for contender in contenders:
            contender.turns.append([])
        for contender in [*contenders, *reversed(contenders)]:
            contender.turns[-1].append(_turn(contender, stage, seconds=plan.seconds, first=number * 1_000))
    for contender in contenders:
        stage.say(contender.summary())


def compare(one: Contender, other: Contender) -> Comparison:
    """Return how one contender's rate stands to another's, by the median round."""
    ratios = [rate / limit for rate, limit in zip(one.rates, other.rates, strict=True)]
    return Comparison(middle(one.rates), middle(other.rates), middle(ratios), spread(ratios))


def _turn(contender: Contender, stage: Stage, *, seconds: float, first: int) -> LoadResult:
    address = contender.server.address
    order = Order(
        host=address.host,
        port=address.port,
        requests=contender.requests,
        connections=stage.plan.connections,
        seconds=seconds,
        warm_seconds=min(_WARM_SECONDS, seconds),
        first=first % len(contender.requests),
        workers=contender.server.workers,
    )
    load = put_load(order, folder=stage.folder)
    refuse_errors(contender.name, load, statuses=contender.statuses)
    return load


def refuse_errors(name: str, load: LoadResult, *, statuses: frozenset[str]) -> None:
    """Raise LoadRefused unless every answer had the status that is measured."""
    if load.errors or load.refused or set(load.statuses) - statuses or not load.requests:
        raise LoadRefused(
            f"{name}: {load.errors} errors and {load.refused} refused connections in {load.requests} answers, "
            f"statuses {load.statuses}; {load.problem or 'wanted ' + ', '.join(statuses)}"
        )
