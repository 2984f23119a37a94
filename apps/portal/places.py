"""Rectangles of the map. Standard library only."""

import math
from dataclasses import dataclass

# Cached rectangles are whole hundredths of a degree (about 1 km), so that neighbours' maps share an answer.
_STEPS_PER_DEGREE = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle in degrees; east is never less than west: maps do not cross the 180th meridian here."""

    west: float
    south: float
    east: float
    north: float


def parse_bounds(text: str) -> Bounds:
    """Read `west,south,east,north`, rounded outwards; ValueError says what is wrong.

    Maps may be dragged past the edges of the world: what lies outside is cut off.
    """
    parts = text.split(",")
    if len(parts) != 4:
        raise ValueError("must be four numbers: west,south,east,north")
    try:
        west, south, east, north = map(float, parts)
    except ValueError:
        raise ValueError("must be four numbers: west,south,east,north") from None
    if not all(map(math.isfinite, (west, south, east, north))):
        raise ValueError("must be finite numbers of degrees")
    if west > east or south > north:
        raise ValueError("west must not lie east of east, nor south north of north")
    return Bounds(
        west=_cut(_down(_cut(west, 180)), 180),
        south=_cut(_down(_cut(south, 90)), 90),
        east=_cut(_up(_cut(east, 180)), 180),
        north=_cut(_up(_cut(north, 90)), 90),
    )


def _cut(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))


def _down(value: float) -> float:
    return math.floor(value * _STEPS_PER_DEGREE) / _STEPS_PER_DEGREE


def _up(value: float) -> float:
    return math.ceil(value * _STEPS_PER_DEGREE) / _STEPS_PER_DEGREE
