"""Open time against an oracle that walks minute by minute and knows nothing of folds, gaps or binary search."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sla.engine import ALL_TIME, add_open_seconds, open_seconds
from apps.sla.errors import CalendarHorizonExceeded
from apps.sla.rules import MINUTES_PER_DAY, Interval, OpeningHours

MINUTE = timedelta(minutes=1)
# Days on which the clocks change, both ways, and days without any change, a leap day and a year's end among them.
DAYS = {
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1), date(2025, 12, 31)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4), date(2026, 7, 1)],  # by half an hour
}
WEEKDAYS_9_TO_17 = ((((9 * 60, 17 * 60),),) * 5) + ((), ())


@st.composite
def day_intervals(draw: st.DrawFn) -> tuple[Interval, ...]:
    edges = sorted(draw(st.sets(st.integers(0, MINUTES_PER_DAY // 15), max_size=4)))
    return tuple((a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[OpeningHours, datetime]:
    """A calendar with an exception, and a UTC midnight some days before its interesting day."""
    zone = draw(st.sampled_from(sorted(DAYS)))
    day = draw(st.sampled_from(DAYS[zone]))
    weekly = tuple(draw(day_intervals()) for _ in range(7))
    exception = (day + timedelta(days=draw(st.integers(-2, 2))), draw(day_intervals()))
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=3)
    return OpeningHours(zone, weekly, (exception,)), begin


def oracle(hours: OpeningHours, begin: datetime, minutes: int) -> list[bool]:
    """Say of each minute from begin whether it is open: the wall clock has reached some interval's start, and has not
    yet shown its end for the last time, or gone past an end that it never shows. So a skipped start waits for the gap's
    end, a repeated start counts from its first time and a repeated end from its second."""
    zone, margin = ZoneInfo(hours.time_zone), MINUTES_PER_DAY
    clock = [(begin + (i - margin) * MINUTE).astimezone(zone).replace(tzinfo=None) for i in range(minutes + 2 * margin)]
    reached, passed = clock[:], clock[:]
    for i in range(1, len(clock)):
        reached[i] = max(reached[i - 1], clock[i])
    for i in range(len(clock) - 2, -1, -1):
        passed[i] = min(passed[i + 1], clock[i])
    last_shown = {shown: i for i, shown in enumerate(clock)}
    spans, exceptions, day = [], dict(hours.exceptions), clock[0].date()
    while day <= clock[-1].date():
        midnight = datetime(day.year, day.month, day.day)
        for start, end in exceptions.get(day, hours.weekly[day.weekday()]):
            spans.append((midnight + start * MINUTE, midnight + end * MINUTE))
        day += timedelta(days=1)
    indexes = range(margin, margin + minutes)
    return [
        any(start <= reached[i] and (passed[i] < end or last_shown.get(end, -1) > i) for start, end in spans)
        for i in indexes
    ]


@settings(max_examples=40, deadline=None)
@given(calendars(), st.integers(0, 5 * MINUTES_PER_DAY), st.integers(0, 2 * MINUTES_PER_DAY), st.integers(1, 3000))
def test_between_and_after_agree_with_the_oracle(
    case: tuple[OpeningHours, datetime], offset: int, length: int, wanted: int
) -> None:
    hours, begin = case
    minutes = oracle(hours, begin, 7 * MINUTES_PER_DAY)
    start = begin + offset * MINUTE
    assert open_seconds(hours, start, start + length * MINUTE) == 60 * sum(minutes[offset : offset + length])
    opened = [i for i in range(offset, len(minutes)) if minutes[i]]
    if wanted <= len(opened):
        assert add_open_seconds(hours, start, wanted * 60) == begin + (opened[wanted - 1] + 1) * MINUTE


# Edges before, inside and after the hour (Lord Howe: half hour) that is skipped or repeated between 2 and 3.
EDGES = [
    (0, 90),
    (60, 105),
    (60, 135),
    (75, 150),
    (90, 120),
    (105, 165),
    (120, 180),
    (135, 165),
    (150, 240),
    (180, 1440),
]


@pytest.mark.parametrize("interval", EDGES)
@pytest.mark.parametrize("zone", sorted(DAYS))
def test_intervals_that_begin_or_end_in_a_skipped_or_repeated_time_agree_with_the_oracle(
    zone: str, interval: Interval
) -> None:
    hours = OpeningHours(zone, ((),) * 6 + ((interval,),))
    for day in DAYS[zone][:2]:
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
        minutes = oracle(hours, begin, 3 * MINUTES_PER_DAY)
        opened = [i for i in range(len(minutes)) if minutes[i]]
        assert open_seconds(hours, begin, begin + timedelta(days=3)) == 60 * len(opened)
        for index in {0, len(opened) // 2, len(opened) - 1} if opened else ():
            assert add_open_seconds(hours, begin, 60 * (index + 1)) == begin + (opened[index] + 1) * MINUTE


instants = st.datetimes(datetime(2014, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
amounts = st.integers(0, 3_000 * 3600 * 1_000_000).map(lambda micros: timedelta(microseconds=micros))


@settings(deadline=None)
@given(calendars(), instants, instants, instants)
def test_open_time_is_never_negative_and_adds_up(
    case: tuple[OpeningHours, datetime], a: datetime, b: datetime, c: datetime
) -> None:
    hours, _ = case
    a, b, c = sorted((a, b, c))
    first, second = open_seconds(hours, a, b), open_seconds(hours, b, c)
    assert first >= 0
    assert first + second == pytest.approx(open_seconds(hours, a, c), abs=1e-6)
    assert open_seconds(hours, b, a) == 0 or a == b


@settings(deadline=None)
@given(st.sampled_from(sorted(DAYS)), instants, instants, amounts, amounts)
def test_the_due_time_uses_up_exactly_the_target_and_moves_with_it(
    zone: str, a: datetime, b: datetime, n: timedelta, more: timedelta
) -> None:
    hours = OpeningHours(zone, WEEKDAYS_9_TO_17)
    a, b, seconds = min(a, b), max(a, b), n.total_seconds()
    due = add_open_seconds(hours, a, seconds)
    assert open_seconds(hours, a, due) == seconds
    assert add_open_seconds(hours, a, 0) == a
    assert due <= add_open_seconds(hours, b, seconds)
    assert due <= add_open_seconds(hours, a, seconds + more.total_seconds())
    if n:
        assert open_seconds(hours, a, due - timedelta(microseconds=1)) < seconds, "not the earliest"


@settings(deadline=None)
@given(st.sampled_from(sorted(DAYS)), instants, amounts)
def test_a_calendar_open_round_the_clock_is_plain_arithmetic(zone: str, a: datetime, n: timedelta) -> None:
    hours = OpeningHours(zone, (((0, MINUTES_PER_DAY),),) * 7)
    assert add_open_seconds(hours, a, n.total_seconds()) == a + n == ALL_TIME.after(a, n)
    assert open_seconds(hours, a, a + n) == n.total_seconds() == ALL_TIME.between(a, a + n).total_seconds()


@pytest.mark.parametrize(
    ("zone", "day", "opened_hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ],
)
def test_a_24_hour_sunday_follows_the_clocks_and_a_working_sunday_keeps_eight_hours(
    zone: str, day: date, opened_hours: float
) -> None:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    closed_week: tuple[tuple[Interval, ...], ...] = ((),) * 6
    for interval, expected in (((0, MINUTES_PER_DAY), opened_hours), ((9 * 60, 17 * 60), 8)):
        hours = OpeningHours(zone, (*closed_week, (interval,)))
        assert open_seconds(hours, begin, begin + timedelta(days=5)) == expected * 3600


def test_an_import_of_many_years_ago_is_counted() -> None:
    hours = OpeningHours("America/New_York", WEEKDAYS_9_TO_17)
    start, end = datetime(2008, 10, 6, 4, tzinfo=UTC), datetime(2026, 10, 5, 4, tzinfo=UTC)
    assert open_seconds(hours, start, end) == 939 * 40 * 3600  # 939 whole weeks between two local Monday midnights


def test_a_calendar_without_open_time_and_an_endless_target_are_refused() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(CalendarHorizonExceeded):
        add_open_seconds(OpeningHours("UTC", ((),) * 7), start, 1)
    with pytest.raises(CalendarHorizonExceeded):
        add_open_seconds(OpeningHours("UTC", WEEKDAYS_9_TO_17), start, 5.1 * 366 * 86_400 * 40 / 168)
    with pytest.raises(CalendarHorizonExceeded):
        ALL_TIME.after(start, timedelta(days=3000))
    with pytest.raises(CalendarHorizonExceeded):
        open_seconds(OpeningHours("UTC", WEEKDAYS_9_TO_17), datetime(201, 1, 1, tzinfo=UTC), start)
