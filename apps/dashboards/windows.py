"""The periods that a dashboard offers."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.insights.selectors import ALL_DAYS


@dataclass(frozen=True)
class Window:
    """A period in days up to today, ALL_DAYS for the whole history; `label` is what the switch says."""

    days: int
    label: Any


WINDOWS = (Window(30, _("30 days")), Window(90, _("90 days")), Window(365, _("A year")), Window(ALL_DAYS, _("All")))
DEFAULT_DAYS = 30


def wanted_days(text: str) -> int:
    """Return the window asked for, the default for anything that is not offered."""
    return next((window.days for window in WINDOWS if text == str(window.days)), DEFAULT_DAYS)
