"""Open time of business calendars: exact to the microsecond, and fast in bulk.

A calendar's local intervals are expanded once into instants, kept sorted beside their running total; after that
every question is two binary searches. Local times that a clock change skips become the first instant after the gap;
of local times that happen twice, an interval starts at the first and ends at the second. So a 24-hour day has 23 or
25 hours when the clocks change, and a working day that no change touches keeps its length.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import accumulate
from typing import Protocol
from zoneinfo import ZoneInfo

from apps.sla.errors import CalendarHorizonExceeded
from apps.sla.rules import MINUTES_PER_DAY, Interval, OpeningHours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HORIZON = timedelta(days=5 * 366)  # a due time further away is a mistake in a calendar or a target (docs/sla.md, 14)
FIRST_YEAR, LAST_YEAR = 1900, 2200  # beyond them a time is a typing error, and expanding up to it would cost seconds
# A local date lies at most 14 hours from UTC: two days keep every interval of a covered instant inside its years.
EDGE = timedelta(days=2)
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


class OpenTime(Protocol):
    """A way to count time: all of it, or a calendar's open hours."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time in [start, end); nothing when end is not after start."""
        ...

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """Return the earliest instant by which `amount` of open time has passed since start."""
        ...


class AllTime:
    """Round the clock, every day."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the plain difference, never negative."""
        return max(end - start, timedelta(0))

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """Return start plus amount. Errors: CalendarHorizonExceeded."""
        if amount > HORIZON:
            raise CalendarHorizonExceeded(f"a target of {amount} lies beyond {HORIZON.days} days")
        return start + amount


ALL_TIME = AllTime()


@dataclass(frozen=True, slots=True)
class _Span:
    """Expanded open intervals of whole years, in microseconds since 1970: `before[i]` opened before interval i."""

    first_year: int
    last_year: int
    low: int
    high: int
    starts: list[int]
    ends: list[int]
    before: list[int]  # one longer than the intervals: its last entry is the total

    def position(self, instant: int) -> int:
        """Return the open microseconds from the span's begin to an instant inside it."""
        index = bisect_right(self.starts, instant) - 1
        if index < 0:
            return 0
        return self.before[index] + min(instant, self.ends[index]) - self.starts[index]


class Timeline:
    """The open time of one calendar. Grows by whole years as it is asked; safe to share between threads."""

    def __init__(self, hours: OpeningHours) -> None:
        self.hours = hours
        self._zone = ZoneInfo(hours.time_zone)
        self._exceptions = dict(hours.exceptions)
        self._years: dict[int, list[tuple[int, int]]] = {}
        self._span = self._expand(2020, 2020)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time in [start, end); nothing when end is not after start."""
        low, high = _instant(start), _instant(end)
        if high <= low:
            return timedelta(0)
        span = self._covering(low, high)
        return timedelta(microseconds=span.position(high) - span.position(low))

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """Return the earliest instant by which `amount` of open time has passed since start; none needed is start.

        Errors: CalendarHorizonExceeded when that lies more than five years ahead.
        """
        if amount <= timedelta(0):
            return start
        begin = _instant(start)
        span = self._covering(begin, begin)
        wanted = span.position(begin) + amount // timedelta(microseconds=1)
        while wanted > span.before[-1]:
            if span.high > begin + HORIZON // timedelta(microseconds=1):
                raise CalendarHorizonExceeded(f"{amount} of open time after {start} lies beyond {HORIZON.days} days")
            span = self._covering(begin, span.high + _DAY)
            wanted = span.position(begin) + amount // timedelta(microseconds=1)
        index = bisect_left(span.before, wanted) - 1
        due = EPOCH + timedelta(microseconds=span.starts[index] + wanted - span.before[index])
        if due - start > HORIZON:
            raise CalendarHorizonExceeded(f"{amount} of open time after {start} lies beyond {HORIZON.days} days")
        return due

    def _covering(self, low: int, high: int) -> _Span:
        span = self._span
        if span.low <= low and high < span.high:
            return span
        first = min(span.first_year, _year(low, -EDGE))
        last = max(span.last_year, _year(high, EDGE))
        # One assignment: a thread that reads meanwhile keeps the old span, which is right for what it asked.
        self._span = self._expand(first, last)
        return self._span

    def _expand(self, first: int, last: int) -> _Span:
        starts: list[int] = []
        ends: list[int] = []
        for year in range(first, last + 1):
            if year not in self._years:
                self._years[year] = list(self._intervals_of(year))
            for start, end in self._years[year]:
                # 24:00 meets the next day's 00:00, and a repeated hour may overlap it: one interval.
                if ends and start <= ends[-1]:
                    ends[-1] = max(ends[-1], end)
                elif start < end:
                    starts.append(start)
                    ends.append(end)
        before = list(accumulate((end - start for start, end in zip(starts, ends, strict=True)), initial=0))
        low, high = (_instant(datetime(year, 1, 1, tzinfo=UTC)) for year in (first, last + 1))
        edge = EDGE // timedelta(microseconds=1)
        return _Span(first, last, low + edge, high - edge, starts, ends, before)

    def _intervals_of(self, year: int) -> Iterator[tuple[int, int]]:
        day, last = date(year, 1, 1), date(year, 12, 31)
        while day <= last:
            for start, end in self._intervals_on(day):
                yield _at(day, start, self._zone, fold=0), _at(day, end, self._zone, fold=1)
            day += timedelta(days=1)

    def _intervals_on(self, day: date) -> tuple[Interval, ...]:
        exception = self._exceptions.get(day)
        return self.hours.weekly[day.weekday()] if exception is None else exception


@lru_cache(maxsize=512)  # some hundreds of tenants' calendars; an expanded one weighs about 60 kB for five years
def timeline(hours: OpeningHours) -> Timeline:
    """Return the shared, expanded timeline of a calendar."""
    return Timeline(hours)


def open_seconds(hours: OpeningHours, start: datetime, end: datetime) -> float:
    """Return the calendar's open seconds in [start, end)."""
    return timeline(hours).between(start, end).total_seconds()


def add_open_seconds(hours: OpeningHours, start: datetime, seconds: float) -> datetime:
    """Return the earliest instant by which so many open seconds have passed. Errors: CalendarHorizonExceeded."""
    return timeline(hours).after(start, timedelta(seconds=seconds))


def _instant(at: datetime) -> int:
    delta = at - EPOCH
    return delta.days * _DAY + delta.seconds * _SECOND + delta.microseconds


def _year(instant: int, margin: timedelta) -> int:
    year = (EPOCH + timedelta(microseconds=instant) + margin).year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarHorizonExceeded(f"the year {year} is outside {FIRST_YEAR} to {LAST_YEAR}")
    return year


def _at(day: date, minute: int, zone: tzinfo, *, fold: int) -> int:
    """Return the instant of a local minute of a day."""
    if minute == MINUTES_PER_DAY:
        day, minute = day + timedelta(days=1), 0
    local = datetime.combine(day, time(minute // 60, minute % 60, fold=fold), zone)
    instant = _instant(local)
    back = (EPOCH + timedelta(microseconds=instant)).astimezone(zone)
    if back.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0):
        return instant
    return _end_of_gap(local, zone)


def _end_of_gap(local: datetime, zone: tzinfo) -> int:
    """Return the first instant after the gap that swallowed a local time, by halving to the second.

    Read with the later offset the time falls before the change, with the earlier offset after it.
    """
    low, high = _instant(local.replace(fold=1)) // _SECOND, _instant(local.replace(fold=0)) // _SECOND
    offset = _offset(high, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == offset:
            high = middle
        else:
            low = middle
    return high * _SECOND


def _offset(second: int, zone: tzinfo) -> timedelta | None:
    return (EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
