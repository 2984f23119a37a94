"""One invented city: its plan, its years, and the stream of what its citizens report."""

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from apps.demo.city.chance import Chance, Quantiles, Weighted, quantile, seed_number, share_below
from apps.demo.city.names import CityProfile
from apps.demo.city.places import Places
from apps.demo.city.problems import Problem, ProblemSource
from apps.demo.city.rhythm import Calendar, draw_storms, waking
from apps.demo.city.streetmap import StreetMap, draw_map
from apps.demo.city.voices import write_letter

# Between two reports of one problem, as staff of Boston marked them (3,079 pairs): half within 10 m and 41 h, 95 %
# within 115 m, 90 % within 15 days.
_METRES_APART: Quantiles = ((0.0, 0.0), (0.5, 10.0), (0.75, 25.0), (0.9, 54.0), (0.95, 115.0), (1.0, 240.0))
_HOURS_APART: Quantiles = ((0.0, 0.02), (0.5, 41.0), (0.75, 168.0), (0.9, 360.0), (1.0, 720.0))
# Outages, floods and parties: everybody writes at once.
_QUICK_HOURS_APART: Quantiles = ((0.0, 0.01), (0.5, 0.35), (0.75, 1.2), (0.9, 4.0), (1.0, 24.0))
_FIRST_METRES = 4.0  # the first reporter stands before it
_NO_COORDINATES_SHARE = 0.05
_NO_ADDRESS_SHARE = 0.12
_SERVICE_SHARE, _WRONG_SERVICE_SHARE = 0.62, 0.03
_CHANNELS = Weighted(("web", "api", "phone", "open311"), (40, 31, 19, 10))
_ON_HOLD = ("Waiting for a part.", "Waiting for the owner's answer.", "Needs a permit.", "Contractor is booked.")


# When it arrives, the number of its problem, its own number there, the problem, and what the first one tells.
_Waiting = tuple[datetime, int, int, Problem, Sequence[datetime]]


class CityReport(NamedTuple):
    """One citizen's report and the truth about it. A tuple, not a dataclass: a million of them are made."""

    external_id: str
    public_id: UUID
    received_at: datetime
    description: str
    channel: str
    service_code: str
    lat: float | None
    lng: float | None
    address: str
    zipcode: str
    attributes: dict[str, str]
    status: str
    status_notes: str
    acknowledged_at: datetime | None
    closed_at: datetime | None
    problem: Problem
    vague: bool


@dataclass(frozen=True)
class City:
    """An invented city at its present, `until`."""

    seed: int
    plan: StreetMap
    calendar: Calendar
    source: ProblemSource
    until: datetime

    def reports(self, *, problems: int, reports: int) -> Iterator[CityReport]:
        """Yield the city's reports in the order of their arrival.

        Memory: the reports still to come about problems that have appeared, at most those of 30 days.
        Errors: ValueError when there are fewer reports than problems.
        """
        return (report for report, _ in self.reports_with_arrivals(problems=problems, reports=reports))

    def reports_with_arrivals(self, *, problems: int, reports: int) -> Iterator[tuple[CityReport, Sequence[datetime]]]:
        """Yield the same reports, a problem's first one with the times at which all of its reports arrive.

        The others come with nothing. Whoever hears of a problem knows at once how many will report it, until when.
        """
        chance = Chance()
        waiting: list[_Waiting] = []
        for problem in self.source.problems(count=problems, reports=reports):
            while waiting and waiting[0][0] <= problem.opened_at:
                yield self._told(heapq.heappop(waiting), chance)
            times = self._arrivals(problem, chance)
            for number, at in enumerate(times):
                # Two items never agree in the first three places, so that nothing behind them is compared.
                heapq.heappush(waiting, (at, problem.number, number, problem, () if number else times))
        while waiting:
            yield self._told(heapq.heappop(waiting), chance)

    def _told(self, waiting: _Waiting, chance: Chance) -> tuple[CityReport, Sequence[datetime]]:
        at, _, number, problem, arrivals = waiting
        return self._report(at, number, problem, chance), arrivals

    def live_reports(self, *, count: int, at: datetime) -> Iterator[CityReport]:
        """Yield reports of problems that appear just now, at an instant: for showing how live ones are handled."""
        chance = Chance()
        for problem in self.source.live_problems(count=count, at=at):
            yield self._report(at, 0, problem, chance)

    def _arrivals(self, problem: Problem, chance: Chance) -> list[datetime]:
        """Return when each report arrives: none after the problem is solved, few at night."""
        if problem.reports == 1:
            return [problem.opened_at]
        chance.reseed(problem.seed ^ 0x5EED)
        quick = problem.service.quick or problem.stormy
        table = _QUICK_HOURS_APART if quick else _HOURS_APART
        end = min(problem.timeline.resolved_at or self.until, self.until)
        most = share_below(table, (end - problem.opened_at).total_seconds() / 3600)
        # Not sorted: report n of a problem stays the same when a larger run adds further ones.
        later = [self._arrival(problem, table, most, quick, chance) for _ in range(problem.reports - 1)]
        return [problem.opened_at, *later]

    def _arrival(self, problem: Problem, table: Quantiles, most: float, quick: bool, chance: Chance) -> datetime:
        for _ in range(4):
            seconds = round(3600 * quantile(table, most * chance.share()), 3)
            at = problem.opened_at + timedelta(seconds=seconds)
            if quick or chance.happens(waking(self.calendar.local(at).hour)):
                break
        # The first report is never overtaken, not even in the city's last second.
        return max(problem.opened_at, min(at, self.until - timedelta(seconds=1)))

    def _report(self, at: datetime, number: int, problem: Problem, chance: Chance) -> CityReport:
        # Each report has its own sequence of draws, so that it is the same however many others there are.
        chance.reseed(problem.seed + number + 1)
        place, timeline = problem.place, problem.timeline
        lat, lng = self._position(problem, number, chance)
        address = place.address_given(chance)
        if lat is not None and chance.happens(_NO_ADDRESS_SHARE):
            address = ""
        letter = write_letter(
            problem=problem, number=number, received_at=at, local_hour=self.calendar.local(at).hour, chance=chance
        )
        return CityReport(
            external_id=f"{problem.number}-{number}",
            public_id=_public_id(at, chance),
            received_at=at,
            description=letter.text,
            channel=_CHANNELS.at(chance.share()),
            service_code=_service_code(problem, letter.vague, chance),
            lat=lat,
            lng=lng,
            address=address,
            zipcode=place.zipcode if address and chance.happens(0.6) else "",
            attributes=_answers(problem, chance),
            status="closed" if timeline.resolved_at else "open",
            status_notes=_notes(problem, chance),
            acknowledged_at=_not_before(at, timeline.acknowledged_at),
            closed_at=_not_before(at, timeline.resolved_at),
            problem=problem,
            vague=letter.vague,
        )

    def _position(self, problem: Problem, number: int, chance: Chance) -> tuple[float, float] | tuple[None, None]:
        if chance.happens(_NO_COORDINATES_SHARE):
            return None, None
        metres = quantile(_METRES_APART, chance.share()) if number else _FIRST_METRES * chance.share()
        angle = math.tau * chance.share()
        x, y = problem.place.point
        return self.plan.degrees((x + metres * math.cos(angle), y + metres * math.sin(angle)))


def draw_city(*, profile: CityProfile, seed: int, until: datetime) -> City:
    """Draw a city as it is at an instant (aware); the same seed, profile and instant draw the same one."""
    until = until.astimezone(UTC)
    own_seed = seed_number(seed, profile.slug)
    plan = draw_map(profile, Chance(seed_number(own_seed, "map")))
    calendar = Calendar(
        until=until,
        timezone=profile.timezone,
        south=profile.lat < 0,
        storms=draw_storms(Chance(seed_number(own_seed, "storms")), spread_metres=1_200),
    )
    places = Places(plan, Chance(seed_number(own_seed, "places")))
    source = ProblemSource(seed=own_seed, calendar=calendar, places=places, until=until)
    return City(seed=own_seed, plan=plan, calendar=calendar, source=source, until=until)


def _public_id(at: datetime, chance: Chance) -> UUID:
    """Return a UUID version 7 (RFC 9562 §5.7) whose random bits are the report's own, so that they come again."""
    milliseconds = int(at.timestamp() * 1000)
    high, low = chance.below(1 << 12), chance.below(1 << 52)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)


def _service_code(problem: Problem, vague: bool, chance: Chance) -> str:
    draw = chance.share()
    if vague or draw < _WRONG_SERVICE_SHARE:
        return "other"
    return problem.service.code if draw < _WRONG_SERVICE_SHARE + _SERVICE_SHARE else ""


def _answers(problem: Problem, chance: Chance) -> dict[str, str]:
    """Return answers to the service's questions, from the few who give any."""
    answers = {}
    for attribute in problem.service.attributes:
        if chance.happens(0.3):
            values = attribute["values"]
            answers[attribute["code"]] = chance.pick(values)["key"] if values else str(100 + chance.below(9_900))
    return answers


def _notes(problem: Problem, chance: Chance) -> str:
    if problem.timeline.resolved_at:
        return chance.pick(problem.service.phrases.closing)
    return chance.pick(_ON_HOLD) if problem.timeline.status == "on_hold" else ""


def _not_before(at: datetime, then: datetime | None) -> datetime | None:
    """Return when a report was answered: at once if the city knew its problem already."""
    return max(at, then) if then else None
