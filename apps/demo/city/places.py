"""Where problems are: anywhere, at hot spots that stay the same, along the river, in parks, on a storm's track."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.demo.city.catalogue import ServiceKind, services
from apps.demo.city.chance import Chance, Weighted
from apps.demo.city.rhythm import Storm
from apps.demo.city.streetmap import House, Point, Street, StreetMap, closest

# A third of ordinary problems come from a few places each service returns to (bars, underpasses, dumping corners).
_HOT_SHARE = 0.3
_HOT_SPOTS_PER_SERVICE = 4
_HOT_SPOT_METRES = 60.0  # one standard deviation
_STORM_METRES = 700.0
_PARK_METRES = 80.0
_RIVER_BANK_METRES = (55.0, 160.0)
_NEIGHBOURS = (2, -2, 4, -4)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one problem is: a house or a corner, and what people mention near it."""

    point: Point
    house: House | None
    street: Street
    cross: Street
    district: str
    zipcode: str
    park: str
    landmark: str

    @property
    def address(self) -> str:
        """The address as most people give it."""
        return self.house.text if self.house else f"{self.street.name} & {self.cross.name}"

    def address_given(self, chance: Chance) -> str:
        """Return the address as one citizen gives it: some name the house next door, or the streets the other way."""
        if self.house is None:
            return self.address if chance.happens(0.6) else f"{self.cross.name} & {self.street.name}"
        if chance.happens(0.7):
            return self.house.text
        number = self.house.number + chance.pick(_NEIGHBOURS)
        return House(self.street, number).text if 1 <= number <= 2 * self.street.lots else self.house.text


class Places:
    """Draws the places of a city's problems."""

    def __init__(self, city: StreetMap, chance: Chance) -> None:
        self._city = city
        self._streets = (*city.north, *city.east)
        spots = _HOT_SPOTS_PER_SERVICE
        self._hot: dict[str, Weighted[Point]] = {
            each.code: Weighted(
                [self._any_house(chance).street.point(1 + chance.below(200)) for _ in range(spots)],
                [1.0 / rank for rank in range(1, spots + 1)],
            )
            for each in services()
        }

    def draw(self, service: ServiceKind, storm: Storm | None, chance: Chance) -> Place:
        """Return where a problem of the service is."""
        if service.place == "corner":
            return self._corner(storm, chance)
        house = self._house(service, storm, chance)
        return self._place(house.street.point(house.number), house, house.street, self._city.cross_street(house))

    def _house(self, service: ServiceKind, storm: Storm | None, chance: Chance) -> House:
        if storm:
            return self._city.nearest_house(_near(storm.centre, _STORM_METRES, chance))
        if service.place == "river" and chance.happens(0.5):
            x = chance.between(self._city.north[0].base, self._city.north[-1].base)
            bank = chance.between(*_RIVER_BANK_METRES) * (1 if chance.happens(0.5) else -1)
            return self._city.nearest_house((x, self._city.river.across(x) + bank))
        if service.place == "park" and chance.happens(0.75):
            return self._city.nearest_house(_near(chance.pick(self._city.parks)[1], _PARK_METRES, chance))
        if chance.happens(_HOT_SHARE):
            return self._city.nearest_house(_near(self._hot[service.code].at(chance.share()), _HOT_SPOT_METRES, chance))
        return self._any_house(chance)

    def _any_house(self, chance: Chance) -> House:
        while True:
            street = chance.pick(self._streets)
            house = House(street, 1 + chance.below(2 * street.lots))
            if not self._city.on_water(street.point(house.number)):
                return house

    def _corner(self, storm: Storm | None, chance: Chance) -> Place:
        city = self._city
        if storm:
            x, y = _near(storm.centre, _STORM_METRES, chance)
            north, east = closest(city.north, x), closest(city.east, y)
        else:
            north, east = chance.pick(city.north), chance.pick(city.east)
        return self._place(city.corner(north, east), None, north, east)

    def _place(self, point: Point, house: House | None, street: Street, cross: Street) -> Place:
        city = self._city
        district = city.district(point)
        return Place(
            point=point,
            house=house,
            street=street,
            cross=cross,
            district=district.name,
            zipcode=district.zipcode,
            park=_nearest(city.parks, point),
            landmark=_nearest(city.landmarks, point),
        )


def _near(centre: Point, metres: float, chance: Chance) -> Point:
    return centre[0] + metres * chance.normal(), centre[1] + metres * chance.normal()


def _nearest(named: Sequence[tuple[str, Point]], point: Point) -> str:
    x, y = point
    best, name = math.inf, ""
    # A plain loop: this runs twice for each problem, and a key function would cost as much again.
    for text, (other_x, other_y) in named:
        apart = (other_x - x) ** 2 + (other_y - y) ** 2
        if apart < best:
            best, name = apart, text
    return name
