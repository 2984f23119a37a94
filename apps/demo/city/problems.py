"""What is really wrong in the city: one problem in the world, which one or more citizens will report.

Problem n of a city is the same whatever number of problems, reports or cities is asked for; a larger city has more of
them in between. Only how many people report it follows from the sizes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.demo.city.catalogue import SEVERITIES, ServiceKind
from apps.demo.city.chance import Chance, seed_number
from apps.demo.city.places import Place, Places
from apps.demo.city.rhythm import Calendar, Moment, ordinary, stormy
from apps.demo.city.timeline import Timeline, draw_timeline

_BITS = 64
_MASK = (1 << _BITS) - 1
# Multiples of the golden ratio, and of √2, spread more evenly over [0, 1) than chance does, for any number of them.
_GOLDEN = int((5**0.5 - 1) / 2 * (1 << _BITS)) | 1
_ROOT_TWO = int((2**0.5 - 1) * (1 << _BITS)) | 1
_ALONE_SHARE = 0.4  # at least so many problems are reported by one person only (vendors count 15 to 30 % duplicates)
_CROWD_POWER = -0.45  # beyond those, the number of reports has a heavy tail
_CROWDED = 1.8  # times the average number of duplicates
_LIVE_NUMBERS = 10**9
_STORM_SEVERITY = (0.6, 0.9, 1.3, 1.6)


@dataclass(frozen=True, slots=True)
class Problem:
    """The truth about one problem."""

    number: int
    seed: int
    service: ServiceKind
    severity: str
    place: Place
    facts: dict[str, tuple[str, ...]]
    opened_at: datetime
    timeline: Timeline
    stormy: bool
    reports: int


class Crowd:
    """How many citizens report each problem: exactly `reports` over `problems`, each at least one.

    Errors: ValueError when there are fewer reports than problems, or none.
    """

    def __init__(self, *, problems: int, reports: int, offset: int) -> None:
        if not 1 <= problems <= reports:
            raise ValueError(f"{reports} reports cannot be about {problems} problems: each needs at least one")
        self._problems = problems
        self._offset = offset
        self._scale = (reports - problems) / problems * 0.97
        while (rest := reports - self._sum()) < 0:
            self._scale *= 0.9
        self._rest = rest

    def weight(self, number: int) -> float:
        """Return a problem's share of duplicates; 1 on average."""
        place = (number * _ROOT_TWO + self._offset & _MASK) / (1 << _BITS)
        if place < _ALONE_SHARE:
            return 0.0
        rank = (1.0 - place) / (1.0 - _ALONE_SHARE)
        return (1.0 + _CROWD_POWER) / (1.0 - _ALONE_SHARE) * math.pow(max(rank, 1e-9), _CROWD_POWER)

    def size(self, number: int) -> int:
        """Return how many report a problem."""
        # What rounding down has left over goes to every so-and-so-many-th problem.
        share = (number + 1) * self._rest // self._problems - number * self._rest // self._problems
        return 1 + int(self.weight(number) * self._scale) + share

    def _sum(self) -> int:
        return sum(1 + int(self.weight(number) * self._scale) for number in range(self._problems))


def numbers_in_order(count: int, offset: int) -> Iterator[tuple[int, float]]:
    """Yield (number, share) for the numbers below `count`, by rising share of frac(number · φ + offset).

    Three gaps at most separate neighbours (Steinhaus; Sós 1958), so each number follows from the one before, and
    nothing has to be sorted or kept.
    """
    if count == 1:
        yield 0, (offset & _MASK) / (1 << _BITS)
        return
    up = min(range(1, count), key=lambda number: number * _GOLDEN & _MASK)
    down = max(range(1, count), key=lambda number: number * _GOLDEN & _MASK)
    number = min(range(count), key=lambda each: each * _GOLDEN + offset & _MASK)
    for _ in range(count):
        yield number, (number * _GOLDEN + offset & _MASK) / (1 << _BITS)
        if number < count - up:
            number += up
        elif number < down:
            number += up - down
        else:
            number -= down


@dataclass(frozen=True)
class ProblemSource:
    """Draws the problems of one city."""

    seed: int
    calendar: Calendar
    places: Places
    until: datetime

    def problems(self, *, count: int, reports: int) -> Iterator[Problem]:
        """Yield `count` problems in the order in which they appear, with `reports` reports over all of them."""
        crowd = Crowd(problems=count, reports=reports, offset=seed_number(self.seed, "crowd"))
        chance = Chance()
        for number, share in numbers_in_order(count, seed_number(self.seed, "time")):
            seed = seed_number(self.seed, "problem", number)
            chance.reseed(seed)
            moment = self.calendar.at(share, chance)
            crowded = crowd.weight(number) > _CROWDED
            yield self._problem(number, seed, moment, crowded=crowded, reports=crowd.size(number), chance=chance)

    def live_problems(self, *, count: int, at: datetime) -> Iterator[Problem]:
        """Yield problems that appear at an instant; their numbers follow those of any city's past."""
        chance = Chance()
        local = self.calendar.local(at)
        moment = Moment(at, local.month, local.weekday(), local.hour, None)
        for number in range(_LIVE_NUMBERS, _LIVE_NUMBERS + count):
            seed = seed_number(self.seed, "problem", number)
            chance.reseed(seed)
            yield self._problem(number, seed, moment, crowded=False, reports=1, chance=chance)

    def _problem(
        self, number: int, seed: int, moment: Moment, *, crowded: bool, reports: int, chance: Chance
    ) -> Problem:
        service = self._service(moment, crowded, chance)
        severity = _severity(service, moment, chance)
        place = self.places.draw(service, moment.storm, chance)
        timeline = draw_timeline(
            service=service,
            severity=severity,
            opened_at=moment.at,
            stormy=moment.storm is not None,
            calendar=self.calendar,
            until=max(self.until, moment.at),
            chance=chance,
        )
        return Problem(
            number=number,
            seed=seed,
            service=service,
            severity=severity,
            place=place,
            facts={name: chance.pick(values) for name, values in service.phrases.facts.items()},
            opened_at=moment.at,
            timeline=timeline,
            stormy=moment.storm is not None,
            reports=reports,
        )

    def _service(self, moment: Moment, crowded: bool, chance: Chance) -> ServiceKind:
        if moment.storm:
            return stormy().at(chance.share())
        table = ordinary(moment.month, moment.weekday, moment.hour, crowded=crowded, south=self.calendar.south)
        return table.at(chance.share())


def _severity(service: ServiceKind, moment: Moment, chance: Chance) -> str:
    shares = service.severity
    if moment.storm:
        shares = tuple(share * more for share, more in zip(shares, _STORM_SEVERITY, strict=True))
    place = chance.share() * sum(shares)
    for severity, share in zip(SEVERITIES, shares, strict=True):
        place -= share
        if place < 0:
            return severity
    return SEVERITIES[-1]
