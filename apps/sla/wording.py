"""What is left of a clock, in words."""

from datetime import datetime, timedelta

from apps.sla.rules import Outcome, RunState

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def remaining_text(
    *, state: str, outcome: str, due_at: datetime | None, stopped_at: datetime | None, left_seconds: int, now: datetime
) -> str:
    """Say how a clock stands: what is left, by how much it is late, or how it ended.

    Distances to due times are plain time, what a paused clock has left is the time its target counts.
    """
    if state == RunState.CANCELLED:
        return "cancelled"
    if state == RunState.PAUSED:
        return (
            "paused, overdue"
            if outcome == Outcome.MISSED
            else f"paused, {_length(timedelta(seconds=left_seconds))} left"
        )
    reference = stopped_at or now
    if due_at is None:
        return "met" if outcome == Outcome.MET else "missed"
    distance = _length(abs(due_at - reference))
    if state == RunState.STOPPED:
        return f"met with {distance} to spare" if outcome == Outcome.MET else f"missed by {distance}"
    return f"overdue by {distance}" if outcome == Outcome.MISSED else f"{distance} left"


def _length(length: timedelta) -> str:
    """Return the two greatest units of a length of time: 3 d 4 h."""
    seconds = max(0, int(length.total_seconds()))
    parts: list[str] = []
    for size, unit in _UNITS:
        amount, seconds = divmod(seconds, size)
        if amount or (parts and unit != "min"):
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:2]) or "less than a minute"
