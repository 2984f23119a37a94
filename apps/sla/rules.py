"""The words of the SLA engine, the value of a calendar, and how a policy is chosen. Standard library only."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.sla.errors import CalendarInvalid, PolicyInvalid

MINUTES_PER_DAY = 1440
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What a policy may ask of an issue; a match names one value or a list of them.
MATCH_FIELDS = ("category", "severity")

Interval = tuple[int, int]  # local minutes of a day: start 0..1439, end 1..1440; 1440 is 24:00


class Metric(StrEnum):
    """What is measured: how soon people answered, and how soon the problem was gone."""

    RESPONSE = "response"
    RESOLUTION = "resolution"


class TargetClock(StrEnum):
    """Which time a target counts: the calendar's open hours, or all of it."""

    BUSINESS = "business"
    CALENDAR = "calendar"


class RunState(StrEnum):
    """Whether a clock counts now. Cancelled clocks belong to issues that were merged away."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How a promise ended; pending while it has not."""

    PENDING = "pending"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


class MoveKind(StrEnum):
    """What happens to a clock from outside."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    REOPEN = "reopen"
    REMATCH = "rematch"


class EventKind(StrEnum):
    """What a clock's history records: every move that had an effect, and the breach that nobody made."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    REOPEN = "reopen"
    REMATCH = "rematch"
    BREACH = "breach"


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A business calendar as a value: local opening intervals of each weekday (Monday first) and of single dates.

    Intervals of a day are sorted and do not overlap; a date in `exceptions` replaces its weekday, () means closed.
    """

    time_zone: str
    weekly: tuple[tuple[Interval, ...], ...]
    exceptions: tuple[tuple[date, tuple[Interval, ...]], ...] = ()

    @property
    def weekly_minutes(self) -> int:
        """Return the open minutes of a week without exceptions."""
        return sum(end - start for day in self.weekly for start, end in day)


def opening_hours(
    time_zone: str, intervals: Sequence[Mapping[str, Any]], exceptions: Sequence[Mapping[str, Any]]
) -> OpeningHours:
    """Read a calendar's two JSON documents into a value.

    Shapes: intervals are `{"weekday": 0..6, "start": 0..1439, "end": 1..1440}` (Monday is 0, local minutes);
    exceptions are `{"date": "2026-12-25", "kind": "closed" | "hours", "intervals": [[540, 720]], "label": …}`.
    Errors: CalendarInvalid naming the field, also when no weekday is ever open.
    """
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CalendarInvalid("time_zone", f"{time_zone!r} is not a time zone of the IANA database") from error
    hours = OpeningHours(
        time_zone, _weekly(_rows("intervals", intervals)), _exceptions(_rows("exceptions", exceptions))
    )
    if not hours.weekly_minutes:
        raise CalendarInvalid("intervals", "at least one weekday must have open time")
    return hours


def _rows(field: str, rows: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(rows, list | tuple):
        raise CalendarInvalid(field, "must be a list")
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise CalendarInvalid(f"{field}[{index}]", "must be an object")
    return rows


def _weekly(rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[Interval, ...], ...]:
    days: list[list[Interval]] = [[] for _ in WEEKDAYS]
    for index, row in enumerate(rows):
        field = f"intervals[{index}]"
        weekday = row.get("weekday")
        if type(weekday) is not int or not 0 <= weekday < len(WEEKDAYS):
            raise CalendarInvalid(f"{field}.weekday", "must be 0 (Monday) to 6 (Sunday)")
        days[weekday].append(_interval(field, (row.get("start"), row.get("end"))))
    return tuple(_without_overlap(f"intervals of {name}", day) for name, day in zip(WEEKDAYS, days, strict=True))


def _exceptions(rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[date, tuple[Interval, ...]], ...]:
    by_date: dict[date, tuple[Interval, ...]] = {}
    for index, row in enumerate(rows):
        field = f"exceptions[{index}]"
        day = _date(f"{field}.date", row.get("date"))
        if day in by_date:
            raise CalendarInvalid(f"{field}.date", f"{day} is listed twice")
        by_date[day] = _exception_intervals(field, row)
    return tuple(sorted(by_date.items()))


def _exception_intervals(field: str, row: Mapping[str, Any]) -> tuple[Interval, ...]:
    kind, pairs = row.get("kind"), row.get("intervals") or []
    if kind not in ("closed", "hours"):
        raise CalendarInvalid(f"{field}.kind", "must be closed or hours")
    if not isinstance(pairs, list | tuple) or (kind == "closed") is bool(pairs):
        raise CalendarInvalid(f"{field}.intervals", "must be a list: empty when closed, filled for hours")
    read = [_interval(f"{field}.intervals[{index}]", pair) for index, pair in enumerate(pairs)]
    return _without_overlap(f"{field}.intervals", read)


def _date(field: str, value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # well written but no day of any calendar: the same answer as below
    raise CalendarInvalid(field, f"{value!r} is not a date like 2026-12-25")


def _interval(field: str, pair: Any) -> Interval:
    if not isinstance(pair, list | tuple) or len(pair) != 2 or any(type(minute) is not int for minute in pair):
        raise CalendarInvalid(field, "needs a start and an end in whole minutes")
    start, end = pair
    if not 0 <= start < end <= MINUTES_PER_DAY:
        raise CalendarInvalid(field, f"needs 0 <= start < end <= {MINUTES_PER_DAY}, got {start} to {end}")
    return start, end


def _without_overlap(field: str, intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    ordered = tuple(sorted(intervals))
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise CalendarInvalid(field, f"one begins at minute {start}, before the last ends at {end}")
    return ordered


def read_match(match: Any, allowed: Mapping[str, frozenset[str]]) -> dict[str, tuple[str, ...]]:
    """Read a policy's match document: a field to one value or a list of values; {} fits everything.

    Errors: PolicyInvalid for an unknown field or value.
    """
    if not isinstance(match, Mapping):
        raise PolicyInvalid("match", "must be an object")
    read: dict[str, tuple[str, ...]] = {}
    for field, wanted in match.items():
        if field not in MATCH_FIELDS:
            raise PolicyInvalid(f"match.{field}", f"may only name {', '.join(MATCH_FIELDS)}")
        values = (wanted,) if isinstance(wanted, str) else tuple(wanted) if isinstance(wanted, list | tuple) else ()
        unknown = [value for value in values if value not in allowed[field]]
        if unknown or not values:
            raise PolicyInvalid(f"match.{field}", f"must be among {', '.join(sorted(allowed[field]))}")
        read[field] = values
    return read


def fits(match: Mapping[str, Any], issue: Mapping[str, str]) -> bool:
    """Say whether an issue's category and severity satisfy every field of a match."""
    return all(
        issue[field] == wanted if isinstance(wanted, str) else issue[field] in wanted for field, wanted in match.items()
    )
