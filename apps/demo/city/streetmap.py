"""The plan of an invented city: streets with house numbers on an irregular grid, a river, parks and districts.

All lengths are metres from the centre, x to the east and y to the north. A house number is a place along its street,
so that an address and its coordinates can be computed from each other and always agree.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from apps.demo.city import names
from apps.demo.city.chance import Chance

METRES_PER_DEGREE = 111_320.0
_LOT_METRES = 14.0  # the width of a plot: a house every 14 m on each side
_HOUSE_SETBACK_METRES = 9.0
_RIVER_HALF_WIDTH_METRES = 40.0
Point = tuple[float, float]
_BASE = attrgetter("base")


@dataclass(frozen=True, slots=True)
class Street:
    """A gently bent line across the city; `runs_north` tells along which axis.

    At a distance t along its axis it is at base + bend·sin(t/wave + phase) on the other one.
    """

    name: str
    runs_north: bool
    base: float
    bend: float
    wave: float
    phase: float
    start: float
    end: float

    @property
    def lots(self) -> int:
        """Houses on each side."""
        return int((self.end - self.start) / _LOT_METRES)

    def across(self, along: float) -> float:
        """Return the street's place on the other axis."""
        return self.base + self.bend * math.sin(along / self.wave + self.phase)

    def point(self, number: int) -> Point:
        """Return where the house with a number stands: odd ones on one side, even ones on the other."""
        along = self.start + ((number - 1) // 2 + 0.5) * _LOT_METRES
        side = _HOUSE_SETBACK_METRES if number % 2 else -_HOUSE_SETBACK_METRES
        across = self.across(along) + side
        return (across, along) if self.runs_north else (along, across)


@dataclass(frozen=True, slots=True)
class House:
    """An address."""

    street: Street
    number: int

    @property
    def text(self) -> str:
        """The address as people write it."""
        return f"{self.number} {self.street.name}"


@dataclass(frozen=True, slots=True)
class District:
    """A part of the city around a point, with its postal code."""

    name: str
    zipcode: str
    centre: Point


@dataclass(frozen=True)
class StreetMap:
    """Everything that has a place in the city."""

    profile: names.CityProfile
    north: tuple[Street, ...]
    east: tuple[Street, ...]
    districts: tuple[District, ...]
    parks: tuple[tuple[str, Point], ...]
    landmarks: tuple[tuple[str, Point], ...]
    river: Street
    by_name: dict[str, Street]

    def degrees(self, point: Point) -> tuple[float, float]:
        """Return a point's latitude and longitude, to about a decimetre."""
        x, y = point
        lat = self.profile.lat + y / METRES_PER_DEGREE
        lng = self.profile.lng + x / (METRES_PER_DEGREE * math.cos(math.radians(self.profile.lat)))
        return round(lat, 6), round(lng, 6)

    def metres(self, lat: float, lng: float) -> Point:
        """Return the point of a latitude and longitude."""
        x = (lng - self.profile.lng) * METRES_PER_DEGREE * math.cos(math.radians(self.profile.lat))
        return x, (lat - self.profile.lat) * METRES_PER_DEGREE

    def district(self, point: Point) -> District:
        """Return the district whose centre is nearest."""
        x, y = point
        return min(self.districts, key=lambda each: (each.centre[0] - x) ** 2 + (each.centre[1] - y) ** 2)

    def cross_street(self, house: House) -> Street:
        """Return the street that crosses nearest to a house."""
        x, y = house.street.point(house.number)
        return closest(self.east, y) if house.street.runs_north else closest(self.north, x)

    def corner(self, one: Street, other: Street) -> Point:
        """Return where two streets of different directions meet."""
        north, east = (one, other) if one.runs_north else (other, one)
        x, y = north.base, east.base
        for _ in range(3):  # the bends are gentle: three rounds are exact to a centimetre
            y = east.across(x)
            x = north.across(y)
        return x, y

    def on_water(self, point: Point) -> bool:
        """Return whether the river is there."""
        x, y = point
        return abs(y - self.river.across(x)) < _RIVER_HALF_WIDTH_METRES

    def nearest_house(self, point: Point) -> House:
        """Return the dry house nearest to a point, on the nearest street that runs to the north."""
        x, y = point
        street = closest(self.north, x)
        lot = min(max(int((y - street.start) / _LOT_METRES), 0), street.lots - 1)
        for step in range(street.lots):
            for candidate in (lot + step, lot - step):
                house = House(street, 2 * candidate + (1 if x > street.base else 2))
                if 0 <= candidate < street.lots and not self.on_water(street.point(house.number)):
                    return house
        raise AssertionError("a street cannot lie in the river as a whole")

    def locate(self, address: str) -> Point:
        """Return where an address of this city is: "118 Alder Street" or "Alder Street & Mill Lane".

        Errors: KeyError for a street that the city does not have, ValueError for a number that is none.
        """
        if " & " in address:
            one, other = address.split(" & ")
            return self.corner(self.by_name[one], self.by_name[other])
        number, _, street = address.partition(" ")
        return self.by_name[street].point(int(number))


def closest(streets: tuple[Street, ...], place: float) -> Street:
    """Return the street whose base is nearest to a place on its axis; streets are in the order of their bases."""
    after = bisect_left(streets, place, key=_BASE)
    if after == 0:
        return streets[0]
    if after == len(streets) or place - streets[after - 1].base < streets[after].base - place:
        return streets[after - 1]
    return streets[after]


def draw_map(profile: names.CityProfile, chance: Chance) -> StreetMap:
    """Draw a city of about four by three kilometres; the same chance draws the same one."""
    name = iter(_street_names(chance))
    width, height = chance.between(3_200, 4_200), chance.between(2_600, 3_400)
    north = tuple(_streets(name, chance, runs_north=True, extent=width, length=height))
    east = tuple(_streets(name, chance, runs_north=False, extent=height, length=width))
    river = Street(
        name=f"the {chance.pick(names.RIVERS)}",
        runs_north=False,
        base=chance.between(-0.25, 0.25) * height,
        bend=chance.between(120, 220),
        wave=chance.between(350, 500),
        phase=chance.between(0, math.tau),
        start=-width,
        end=width,
    )

    def anywhere() -> Point:
        return chance.between(-0.45, 0.45) * width, chance.between(-0.45, 0.45) * height

    base_code = 10_000 + 20 * chance.below(4_000)
    return StreetMap(
        profile=profile,
        north=north,
        east=east,
        districts=tuple(
            District(name=each, zipcode=f"{base_code + at:05d}", centre=anywhere())
            for at, each in enumerate(chance.shuffled(names.DISTRICTS)[:9])
        ),
        parks=tuple((each, anywhere()) for each in chance.shuffled(names.PARKS)[:7]),
        landmarks=tuple((each, anywhere()) for each in names.LANDMARKS),
        river=river,
        by_name={street.name: street for street in (*north, *east)},
    )


def _street_names(chance: Chance) -> Iterator[str]:
    for stem in chance.shuffled(names.STREET_STEMS):
        yield f"{stem} {chance.pick(names.STREET_KINDS)}"


def _streets(
    name: Iterator[str], chance: Chance, *, runs_north: bool, extent: float, length: float
) -> Iterator[Street]:
    place = -extent / 2
    while place < extent / 2:
        yield Street(
            name=next(name),
            runs_north=runs_north,
            base=place,
            bend=chance.between(4, 22),
            wave=chance.between(260, 620),
            phase=chance.between(0, math.tau),
            start=-length / 2 - chance.between(0, 120),
            end=length / 2 + chance.between(0, 120),
        )
        place += chance.between(85, 185)
