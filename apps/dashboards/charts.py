"""Turn figures into the geometry of charts. No Django, no styling: points, bars and ticks in a fixed drawing area.

The charts are drawn as SVG by the template: they are there with the first byte, need no script, and print.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

WIDTH = 1_000
HEIGHT = 260
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28
TICKS_Y = 4
TICKS_X = 7
_NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Tick:
    """A grid line's place and label."""

    at: float
    label: str


@dataclass(frozen=True)
class Bar:
    """A rectangle with the words that a pointer over it shows."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class FlowChart:
    """Inflow and outflow as bars side by side, over time."""

    opened: list[Bar]
    resolved: list[Bar]
    rows: list[Tick]
    columns: list[Tick]


@dataclass(frozen=True)
class LineChart:
    """One figure over time; `area` closes the line down to the axis."""

    line: str
    area: str
    rows: list[Tick]
    columns: list[Tick]


def nice_ceiling(value: float) -> int:
    """Return the next round number from which TICKS_Y even steps can be read: 7 → 8, 130 → 200."""
    step = max(value / TICKS_Y, 1)
    magnitude = 10 ** (len(str(int(step))) - 1)
    rounded = next(factor * magnitude for factor in _NICE if factor * magnitude >= step)
    return int(-(-rounded // 1)) * TICKS_Y


def short_number(value: int) -> str:
    """Write an axis label: 800, 1,500, 20k, 1.5M."""
    if value < 10_000:  # four digits still fit beside the axis
        return f"{value:,}"
    thousands = value / 1_000
    return f"{thousands:g}k" if thousands < 1_000 else f"{thousands / 1_000:g}M"


def _rows(ceiling: int) -> list[Tick]:
    span = HEIGHT - TOP - BOTTOM
    return [
        Tick(at=round(TOP + span * (1 - part / TICKS_Y), 1), label=short_number(ceiling * part // TICKS_Y))
        for part in range(TICKS_Y + 1)
    ]


def _columns(days: Sequence[date], *, monthly: bool) -> list[Tick]:
    every = max(1, -(-len(days) // TICKS_X))
    slot = (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    shape = "%b %Y" if monthly else "%-d %b"
    return [
        Tick(at=round(LEFT + slot * (index + 0.5), 1), label=day.strftime(shape))
        for index, day in enumerate(days)
        if index % every == 0
    ]


def flow_chart(points: Sequence[dict[str, Any]], *, monthly: bool) -> FlowChart:
    """Draw issues opened and resolved at each point (insights.selectors.FlowPoint)."""
    days = [date.fromisoformat(point["day"]) for point in points]
    ceiling = nice_ceiling(max([0, *(max(point["opened"], point["resolved"]) for point in points)]))
    slot = (WIDTH - LEFT - RIGHT) / max(len(points), 1)
    span = HEIGHT - TOP - BOTTOM

    def bars(name: str, offset: float) -> list[Bar]:
        return [
            Bar(
                x=round(LEFT + slot * (index + offset), 1),
                y=round(TOP + span * (1 - point[name] / ceiling), 1),
                width=round(max(slot * 0.36, 0.6), 1),
                height=round(span * point[name] / ceiling, 1),
                title=f"{point['day']}: {point[name]}",
            )
            for index, point in enumerate(points)
        ]

    return FlowChart(
        opened=bars("opened", 0.12),
        resolved=bars("resolved", 0.52),
        rows=_rows(ceiling),
        columns=_columns(days, monthly=monthly),
    )


def line_chart(points: Sequence[dict[str, Any]], name: str, *, monthly: bool) -> LineChart:
    """Draw one figure of each point as a line over its filled area."""
    days = [date.fromisoformat(point["day"]) for point in points]
    ceiling = nice_ceiling(max([0, *(point[name] for point in points)]))
    slot = (WIDTH - LEFT - RIGHT) / max(len(points), 1)
    span = HEIGHT - TOP - BOTTOM
    places = [
        (round(LEFT + slot * (index + 0.5), 1), round(TOP + span * (1 - max(point[name], 0) / ceiling), 1))
        for index, point in enumerate(points)
    ]
    line = " ".join(f"{x},{y}" for x, y in places)
    floor = HEIGHT - BOTTOM
    area = f"{places[0][0]},{floor} {line} {places[-1][0]},{floor}" if places else ""
    return LineChart(line=line, area=area, rows=_rows(ceiling), columns=_columns(days, monthly=monthly))


def share_of(value: int, largest: int) -> float:
    """Return a bar's length as a percentage of the longest."""
    return round(100 * value / largest, 1) if largest else 0.0
