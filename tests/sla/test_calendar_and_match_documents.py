"""Calendars and matches as people write them: read, or refused with the place named."""

from datetime import date
from typing import Any

import pytest

from apps.sla.errors import CalendarInvalid, PolicyInvalid
from apps.sla.rules import fits, opening_hours, read_match

ALLOWED = {"category": frozenset({"noise", "safety"}), "severity": frozenset({"low", "high"})}
MONDAY = {"weekday": 0, "start": 540, "end": 720}


def test_a_split_day_and_exceptions_are_read() -> None:
    afternoon = {"weekday": 0, "start": 780, "end": 1440}
    christmas = {"date": "2026-12-25", "kind": "closed", "label": "Christmas"}
    eve = {"date": "2026-12-24", "kind": "hours", "intervals": [[540, 720]]}
    hours = opening_hours("Europe/Berlin", [afternoon, MONDAY], [christmas, eve])
    assert hours.weekly[0] == ((540, 720), (780, 1440))
    assert hours.exceptions == ((date(2026, 12, 24), ((540, 720),)), (date(2026, 12, 25), ()))
    assert hours.weekly_minutes == 840


@pytest.mark.parametrize(
    ("zone", "intervals", "exceptions", "field"),
    [
        ("Mars/Olympus", [MONDAY], [], "time_zone"),
        ("../etc/passwd", [MONDAY], [], "time_zone"),
        ("UTC", [], [], "intervals"),
        ("UTC", {"weekday": 0}, [], "intervals"),
        ("UTC", ["monday"], [], "intervals[0]"),
        ("UTC", [MONDAY | {"weekday": 7}], [], "intervals[0].weekday"),
        ("UTC", [MONDAY | {"weekday": True}], [], "intervals[0].weekday"),
        ("UTC", [MONDAY, MONDAY | {"end": 1441}], [], "intervals[1]"),
        ("UTC", [MONDAY | {"end": 540}], [], "intervals[0]"),
        ("UTC", [MONDAY | {"start": "9:00"}], [], "intervals[0]"),
        ("UTC", [MONDAY, MONDAY | {"start": 700, "end": 800}], [], "intervals of Monday"),
        ("UTC", [MONDAY], [{"date": "25.12.2026", "kind": "closed"}], "exceptions[0].date"),
        ("UTC", [MONDAY], [{"date": "2026-02-30", "kind": "closed"}], "exceptions[0].date"),
        ("UTC", [MONDAY], [{"date": "2026-12-25", "kind": "closed"}] * 2, "exceptions[1].date"),
        ("UTC", [MONDAY], [{"date": "2026-12-25", "kind": "shut"}], "exceptions[0].kind"),
        ("UTC", [MONDAY], [{"date": "2026-12-25", "kind": "hours"}], "exceptions[0].intervals"),
        ("UTC", [MONDAY], [{"date": "2026-12-25", "kind": "closed", "intervals": [[1, 2]]}], "exceptions[0].intervals"),
        ("UTC", [MONDAY], [{"date": "2026-12-25", "kind": "hours", "intervals": [[5]]}], "exceptions[0].intervals[0]"),
    ],
)
def test_a_bad_calendar_is_refused_with_its_field(zone: str, intervals: Any, exceptions: Any, field: str) -> None:
    with pytest.raises(CalendarInvalid) as refused:
        opening_hours(zone, intervals, exceptions)
    assert refused.value.field == field


def test_a_match_fits_one_value_or_one_of_several_and_nothing_asked_fits_all() -> None:
    issue = {"category": "noise", "severity": "low"}
    assert fits(read_match({}, ALLOWED), issue)
    assert fits(read_match({"category": "noise", "severity": ["low", "high"]}, ALLOWED), issue)
    assert not fits(read_match({"category": "noise", "severity": "high"}, ALLOWED), issue)


@pytest.mark.parametrize(
    ("match", "field"),
    [
        ([], "match"),
        ({"area": "x"}, "match.area"),
        ({"category": "fun"}, "match.category"),
        ({"severity": []}, "match.severity"),
    ],
)
def test_a_bad_match_is_refused_with_its_field(match: Any, field: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        read_match(match, ALLOWED)
    assert refused.value.field == field
