"""Place a batch of reports in time order: an index of open issues by cell and kind, no database, no clock.

Exact, not approximate: every candidate of the nine cells is scored. A report joins the best-scoring issue at or above
the threshold; between equals, the older issue.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.grouping.versions import Algorithm, Features, Traits


@dataclass(slots=True)
class Candidate:
    """An issue that reports may join. ``key`` is the issue's id, or the negative number of one made in this batch.

    Times are Unix seconds, so that comparing costs nothing; ``resolved`` is None while the issue is open.
    """

    key: int
    cell: int
    opener: Traits
    first: float
    last: float
    resolved: float | None
    live: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """One report to place. ``traits`` and ``cell`` are None without a location; ``closed_at`` counts for historic ones.

    ``may_join`` is False where the tenant wants every such report to be an issue of its own.
    """

    report_id: int
    traits: Traits | None
    cell: int | None
    received_at: datetime
    closed_at: datetime | None
    historic: bool
    may_join: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a report goes: ``key`` as in Candidate; ``joined`` is False when it opens that issue.

    ``features`` explains a link; of a report that opened an issue, the best that was refused, with its ``near_key``.
    """

    report_id: int
    key: int
    joined: bool
    features: Features | None
    near_key: int | None


class Placer:
    """The state of one batch: which issues are where, and what this batch has made of them."""

    def __init__(self, algorithm: Algorithm, neighbours: Callable[[float, float], Iterable[int]]) -> None:
        self._algorithm = algorithm
        self._neighbours = neighbours
        self._index: dict[tuple[int, str], list[Candidate]] = defaultdict(list)
        self._made = 0

    def know(self, candidate: Candidate) -> None:
        """Add an issue that exists already."""
        self._index[(candidate.cell, candidate.opener.kind)].append(candidate)

    def place(self, arrival: Arrival) -> Decision:
        """Decide on one report, and remember it for the next. Reports come in the order in which they were received."""
        traits, cell = arrival.traits, arrival.cell
        if traits is None or cell is None:
            self._made += 1
            return Decision(arrival.report_id, -self._made, False, None, None)
        best, features = self._best(arrival, traits)
        good = features is not None and features.score >= self._algorithm.auto_threshold
        if best is not None and good and arrival.may_join:
            _absorb(best, arrival)
            return Decision(arrival.report_id, best.key, True, features, best.key)
        self._made += 1
        self.know(_opened(-self._made, cell, traits, arrival))
        return Decision(arrival.report_id, -self._made, False, features, best.key if best else None)

    def _best(self, arrival: Arrival, traits: Traits) -> tuple[Candidate | None, Features | None]:
        at = arrival.received_at.timestamp()
        best: Candidate | None = None
        found: Features | None = None
        score = self._algorithm.score
        for cell in self._neighbours(traits.lat, traits.lng):
            for candidate in self._index.get((cell, traits.kind), ()):
                if candidate.resolved is not None and candidate.resolved <= at:
                    continue
                features = score(traits, candidate.opener, max(candidate.first - at, 0.0, at - candidate.last))
                if features is not None and (
                    best is None or found is None or (features.score, -candidate.first) > (found.score, -best.first)
                ):
                    best, found = candidate, features
        return best, found


def _opened(key: int, cell: int, traits: Traits, arrival: Arrival) -> Candidate:
    at = arrival.received_at.timestamp()
    resolved = arrival.closed_at.timestamp() if arrival.historic and arrival.closed_at else None
    return Candidate(key, cell, traits, at, at, resolved, not arrival.historic)


def _absorb(candidate: Candidate, arrival: Arrival) -> None:
    """Stretch an issue over one more report; a historic issue is over when the last of its reports is."""
    at = arrival.received_at.timestamp()
    candidate.first = min(candidate.first, at)
    candidate.last = max(candidate.last, at)
    if candidate.live or candidate.resolved is None:
        return
    closed = arrival.closed_at.timestamp() if arrival.historic and arrival.closed_at else None
    candidate.resolved = None if closed is None else max(candidate.resolved, closed)
