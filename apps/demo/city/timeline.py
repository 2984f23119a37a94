"""When the city answers a problem: noticed, acknowledged, resolved; sooner for what is dangerous, later after storms.

Hours are medians of log-normal times. They lie near the targets of published 311 service levels (hours for danger,
days for ordinary repairs, weeks for wishes), so that most clocks are met, and a visible part is missed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.demo.city.catalogue import ServiceKind
from apps.demo.city.chance import Chance
from apps.demo.city.rhythm import Calendar

# Severity → median hours to the first answer, and from there to the solution at effort 1.
_ANSWER_HOURS = {"critical": 0.4, "high": 2.5, "medium": 9.0, "low": 26.0}
_SOLVE_HOURS = {"critical": 9.0, "high": 38.0, "medium": 90.0, "low": 210.0}
_ANSWER_SPREAD = 0.9
_SOLVE_SPREAD = 0.85
_STORM_LOAD = 2.2  # crews are few when everything falls at once
_HOLD_SHARE = 0.06
_HOLD_DAYS = (3.0, 20.0)
_FORGOTTEN_SHARE = 0.05  # nobody ever closes these: lists of what is open stay long, as everywhere
_WORK_BEGINS, _WORK_ENDS = 8, 18  # local hours in which what can wait is answered
CLOSING_DAYS = 2.0  # after which a resolved problem is closed, if nobody objects


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened when; None is "not yet" at the city's present."""

    acknowledged_at: datetime | None
    resolved_at: datetime | None
    status: str


def draw_timeline(
    *,
    service: ServiceKind,
    severity: str,
    opened_at: datetime,
    stormy: bool,
    calendar: Calendar,
    until: datetime,
    chance: Chance,
) -> Timeline:
    """Return how a problem went on until the city's present."""
    load = _STORM_LOAD if stormy else 1.0
    answer = chance.around(_ANSWER_HOURS[severity] * load, _ANSWER_SPREAD)
    solve = chance.around(_SOLVE_HOURS[severity] * service.effort * load, _SOLVE_SPREAD)
    held = chance.happens(_HOLD_SHARE)
    hold = chance.between(*_HOLD_DAYS) * 24 if held else 0.0
    forgotten = chance.happens(_FORGOTTEN_SHARE)
    waits = severity in ("low", "medium")
    acknowledged = _at_work(opened_at + timedelta(hours=answer), calendar, chance, waits)
    resolved = _at_work(acknowledged + timedelta(hours=solve + hold), calendar, chance, waits)
    if acknowledged >= until:
        return Timeline(None, None, "open")
    if forgotten or resolved >= until:
        begun = acknowledged + timedelta(hours=0.3 * solve) < until
        return Timeline(acknowledged, None, "on_hold" if held else "in_progress" if begun else "acknowledged")
    closed = resolved + timedelta(days=CLOSING_DAYS) < until
    return Timeline(acknowledged, resolved, "closed" if closed else "resolved")


def _at_work(instant: datetime, calendar: Calendar, chance: Chance, waits: bool) -> datetime:
    """Move what can wait to the next hours of work."""
    if not waits:
        return instant
    local = calendar.local(instant)
    if local.weekday() < 5 and _WORK_BEGINS <= local.hour < _WORK_ENDS:
        return instant
    days = 1 if local.hour >= _WORK_ENDS else 0
    days += {5: 2, 6: 1}.get((local.weekday() + days) % 7, 0)
    hours = 24 * days + _WORK_BEGINS - local.hour
    # Whole seconds: the morning's first calls come in one after another.
    return instant + timedelta(hours=hours, seconds=chance.below(3 * 3600) - 60 * local.minute)
