"""What the SLA engine may refuse."""


class SLAError(Exception):
    """Anything wrong with calendars, policies or clocks."""


class CalendarInvalid(SLAError):
    """A calendar's document cannot be read; `field` names the place, e.g. `intervals[2].end`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class PolicyInvalid(SLAError):
    """A policy's document cannot be read, or a target can never be reached under its calendar."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class CalendarHorizonExceeded(SLAError):
    """A due time would lie beyond the horizon: the calendar is (nearly) without open time, or the target is absurd."""
