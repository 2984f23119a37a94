"""Turn figures into the geometry of charts. No Django, no styling, no words but those it is given.

The charts are drawn as SVG by the template: they are there with the first byte, need no script, and print. Their
drawing area is stretched to whatever width there is (`preserveAspectRatio="none"`), so that a phone sees the whole
chart; labels stand outside of what is stretched. Numbers meant for the markup are strings: a template would write them
in the reader's language.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# The drawing area in pixels; the template and the style sheet know the same numbers.
TOP = 10
HEIGHT = 170
TICKS_Y = 4
TICKS_X = 5  # labels of one chart side by side on a telephone
# More bars than this are narrower than they are apart on a telephone.
MOST_SPANS = 120
_WEEK = 7
_NICE = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_FIGURES = ("reports", "opened", "resolved")

Say = Callable[[date], str]


@dataclass(frozen=True)
class Span:
    """A day, a week or a month of the chart: sums of what came and went, and `open` at its end."""

    first: date
    last: date
    reports: int
    opened: int
    resolved: int
    open: int


@dataclass(frozen=True)
class Tick:
    """A grid line or label: its place in pixels or percent, what it says, and on which side of the place."""

    at: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Slot:
    """The stripe of one span, with the words that a pointer over it shows; place and width in percent."""

    x: str
    width: str
    title: str


@dataclass(frozen=True)
class Chart:
    """A chart of `columns` spans in a box of that width and 100 high; paths by the name of their figure."""

    width: int
    paths: dict[str, str]
    rows: list[Tick]
    columns: list[Tick]
    slots: list[Slot]


def spans(points: Sequence[dict[str, object]], *, monthly: bool) -> list[Span]:
    """Return the points (insights.selectors.FlowPoint) as spans; days too many to draw are summed into weeks.

    Weeks are counted back from the last day, so that the latest is whole; the first takes the days that are left.
    """
    single = [_span(point, monthly=monthly) for point in points]
    if len(single) <= MOST_SPANS or monthly:
        return single
    left = len(single) % _WEEK
    starts = [0, *range(left + _WEEK if left else _WEEK, len(single), _WEEK)]
    return [_sum(single[start:end]) for start, end in zip(starts, [*starts[1:], len(single)], strict=True)]


def _span(point: dict[str, object], *, monthly: bool) -> Span:
    first = date.fromisoformat(str(point["day"]))
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) if monthly else first
    reports, opened, resolved, still_open = (int(str(point[name])) for name in (*_FIGURES, "open"))
    return Span(first, last, reports, opened, resolved, still_open)


def _sum(parts: Sequence[Span]) -> Span:
    reports, opened, resolved = (sum(getattr(part, name) for part in parts) for name in _FIGURES)
    return Span(parts[0].first, parts[-1].last, reports, opened, resolved, parts[-1].open)


def nice_ceiling(value: float) -> int:
    """Return the next round number from which TICKS_Y even steps can be read: 7 → 8, 130 → 160."""
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


def flow_chart(drawn: Sequence[Span], *, say: Say, title: Callable[[Span], str]) -> Chart:
    """Draw issues opened and resolved in each span, as bars side by side."""
    ceiling = nice_ceiling(max([0, *(max(span.opened, span.resolved) for span in drawn)]))
    paths = {
        "opened": _bars([span.opened for span in drawn], ceiling, offset=0.12),
        "resolved": _bars([span.resolved for span in drawn], ceiling, offset=0.5),
    }
    return Chart(len(drawn), paths, _rows(ceiling), _columns(drawn, say), _slots(drawn, title))


def line_chart(drawn: Sequence[Span], *, say: Say, title: Callable[[Span], str]) -> Chart:
    """Draw the issues open at the end of each span as a line over its filled area."""
    ceiling = nice_ceiling(max([0, *(span.open for span in drawn)]))
    places = [f"{index + 0.5:g} {_height(max(span.open, 0), ceiling)}" for index, span in enumerate(drawn)]
    line = f"M{'L'.join(places)}" if places else ""
    area = f"{line}L{len(drawn) - 0.5:g} 100L0.5 100z" if places else ""
    return Chart(len(drawn), {"line": line, "area": area}, _rows(ceiling), _columns(drawn, say), _slots(drawn, title))


def _height(value: int, ceiling: int) -> str:
    return f"{100 * (1 - value / ceiling):.2f}"


def _bars(values: Sequence[int], ceiling: int, *, offset: float, width: float = 0.38) -> str:
    return "".join(
        f"M{index + offset:.2f} 100V{_height(value, ceiling)}h{width}V100z"
        for index, value in enumerate(values)
        if value
    )


def _rows(ceiling: int) -> list[Tick]:
    return [
        Tick(at=f"{TOP + HEIGHT * (1 - part / TICKS_Y):g}", label=short_number(ceiling * part // TICKS_Y))
        for part in range(TICKS_Y + 1)
    ]


def _columns(drawn: Sequence[Span], say: Say) -> list[Tick]:
    every = max(1, -(-len(drawn) // TICKS_X))
    ticks = []
    for index in range(0, len(drawn), every):
        share = (index + 0.5) / len(drawn)
        # A label at the very edge would be cut off by it.
        anchor = "start" if share < 0.06 else "end" if share > 0.94 else "middle"
        at = {"start": 0.0, "end": 100.0}.get(anchor, 100 * share)
        ticks.append(Tick(at=f"{at:.2f}%", label=say(drawn[index].first), anchor=anchor))
    return ticks


def _slots(drawn: Sequence[Span], title: Callable[[Span], str]) -> list[Slot]:
    width = 100 / max(len(drawn), 1)
    return [
        Slot(x=f"{index * width:.3f}%", width=f"{width:.3f}%", title=title(each)) for index, each in enumerate(drawn)
    ]


def share_of(value: int, largest: int) -> str:
    """Return a bar's length as a percentage of the longest."""
    return f"{100 * value / largest:.1f}%" if largest else "0%"
