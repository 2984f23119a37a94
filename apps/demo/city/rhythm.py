"""When things happen: the city's week, its year and its storms, in local time.

Two years are cut into hours of UTC; each hour's weight comes from what citizens report at that local hour, weekday and
season, and storms put more on top. A share of the total weight is then an instant.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from apps.demo.city.catalogue import ServiceKind, services
from apps.demo.city.chance import Chance, Weighted
from apps.demo.city.streetmap import Point

DAYS = 730
HOURS = 24 * DAYS
STORMS_A_YEAR = 5.0
# A storm's hours have this many times the reports of an average hour: Boston's 2,000 to 5,000 calls on a day of snow or
# wind against about 700 on others, most of them within half a day.
_STORM_FORCE = 14.0

# Relative number of problems noticed in each local hour, from midnight.
_DAY_PROFILES = {
    "day": (1, 1, 1, 1, 1, 3, 8, 18, 30, 36, 38, 36, 32, 33, 34, 34, 32, 30, 24, 18, 12, 8, 4, 2),
    "morning": (1, 1, 1, 1, 2, 8, 24, 44, 46, 38, 30, 24, 20, 18, 16, 15, 14, 13, 10, 8, 6, 4, 2, 1),
    "commute": (1, 1, 1, 1, 2, 6, 18, 40, 44, 28, 22, 22, 24, 22, 22, 28, 40, 44, 30, 18, 12, 7, 4, 2),
    "evening": (8, 5, 3, 2, 2, 4, 8, 10, 12, 12, 12, 12, 12, 12, 13, 16, 22, 30, 38, 44, 46, 40, 28, 15),
    "night": (44, 38, 26, 16, 8, 4, 3, 3, 4, 5, 6, 6, 7, 7, 8, 9, 11, 13, 16, 20, 28, 38, 48, 50),
    "always": (10, 9, 8, 8, 8, 10, 14, 18, 20, 20, 20, 20, 20, 20, 20, 21, 22, 24, 26, 26, 24, 20, 16, 12),
}
_SHARES = {name: tuple(hour / sum(hours) for hour in hours) for name, hours in _DAY_PROFILES.items()}


@dataclass(frozen=True, slots=True)
class Storm:
    """Hours of wind and rain along a track that crosses the city; times are hours after the beginning."""

    first_hour: int
    hours: int
    force: float
    centre: Point


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, what may happen in its hour, and the storm that rages then."""

    at: datetime
    month: int
    weekday: int
    hour: int
    storm: Storm | None


def waking(hour: int) -> float:
    """Return how readily citizens write in a local hour, in 0…1: few write at night about what they saw by day."""
    return max(_SHARES["always"][hour] / max(_SHARES["always"]), 0.3)


def _weight(service: ServiceKind, month: int, weekday: int, hour: int) -> float:
    weekend = service.weekend if weekday >= 5 else 1.0
    return service.weight * service.season[month - 1] * weekend * _SHARES[service.hours][hour]


@lru_cache(maxsize=8_192)
def ordinary(month: int, weekday: int, hour: int, *, crowded: bool, south: bool) -> Weighted[ServiceKind]:
    """Return the services to draw from in a local hour; `crowded` prefers those that many people report at once."""
    if south:
        month = (month + 5) % 12 + 1
    weights = [
        _weight(each, month, weekday, hour) * (each.crowd if crowded else 1.0 / each.crowd) for each in services()
    ]
    return Weighted(services(), weights)


@lru_cache(maxsize=1)
def stormy() -> Weighted[ServiceKind]:
    """Return the services to draw from in a storm."""
    return Weighted(services(), [each.storm for each in services()])


class Calendar:
    """The two years up to an instant, as one city lives them."""

    def __init__(self, *, until: datetime, timezone: str, south: bool, storms: list[Storm]) -> None:
        self.begin = until.astimezone(UTC) - timedelta(hours=HOURS)
        self.south = south
        self.storms = storms
        self._zone = ZoneInfo(timezone)
        self._storm_at: dict[int, Storm] = {
            storm.first_hour + hour: storm for storm in storms for hour in range(storm.hours)
        }
        calm = list(self._calm_weights())
        average = sum(calm) / len(calm)
        self._calm = calm
        self._limits = list(
            accumulate(
                weight + (average * self._storm_at[at].force if at in self._storm_at else 0.0)
                for at, weight in enumerate(calm)
            )
        )

    def _calm_weights(self) -> Iterator[float]:
        totals: dict[tuple[int, int, int], float] = {}
        for at in range(HOURS):
            local = self.local(self.begin + timedelta(hours=at))
            key = (local.month, local.weekday(), local.hour)
            if key not in totals:
                totals[key] = ordinary(*key, crowded=False, south=self.south).total
            # A growing city: the last month has a quarter more than the first.
            yield totals[key] * (1.0 + 0.25 * at / HOURS)

    def local(self, instant: datetime) -> datetime:
        """Return an instant on the city's clocks."""
        return instant.astimezone(self._zone)

    def at(self, share: float, chance: Chance) -> Moment:
        """Return the instant by which a share of all problems has appeared; a greater share is never earlier."""
        weight = share * self._limits[-1]
        hour = min(bisect_right(self._limits, weight), HOURS - 1)
        before = self._limits[hour - 1] if hour else 0.0
        within = (weight - before) / (self._limits[hour] - before)
        instant = self.begin + timedelta(seconds=round(3600.0 * (hour + min(within, 0.9999)), 3))
        local = self.local(instant)
        storm = self._storm_at.get(hour)
        if storm and chance.happens(self._calm[hour] / (self._limits[hour] - before)):
            storm = None
        return Moment(instant, local.month, local.weekday(), local.hour, storm)


def draw_storms(chance: Chance, *, spread_metres: float) -> list[Storm]:
    """Return the storms of two years, in order and apart from each other; the last month has one."""
    count = int(STORMS_A_YEAR * DAYS / 365)
    gap = HOURS / count
    storms = []
    for number in range(count):
        first = int(gap * number + chance.between(0.05, 0.85) * gap)
        if number == count - 1:
            first = HOURS - int(chance.between(6, 26) * 24)
        storms.append(
            Storm(
                first_hour=first,
                hours=8 + chance.below(13),
                force=_STORM_FORCE * chance.between(0.6, 1.5),
                centre=(chance.between(-spread_metres, spread_metres), chance.between(-spread_metres, spread_metres)),
            )
        )
    return storms
