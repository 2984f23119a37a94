"""What the machinery keeps as numbers and codes, in words."""

from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.issues.models import Category, Severity
from apps.sla.models import BusinessCalendar

MATCH_WORDS: dict[str, Any] = {**dict(Category.choices), **dict(Severity.choices)}


def length_in_words(minutes: int) -> str:
    """Return a promise's length in hours, as people speak of it; what is under one in minutes."""
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes / 60
    return ngettext("%(count)g hour", "%(count)g hours", 1 if hours == 1 else 2) % {"count": hours}


def match_in_words(match: dict[str, Any]) -> str:
    """Return which issues a policy is for; its document holds a value or a list of each field."""
    if not match:
        return _("every issue")
    parts = (value if isinstance(value, list) else [value] for value in match.values())
    return "; ".join(", ".join(str(MATCH_WORDS.get(word, word)) for word in part) for part in parts)


def week_of(calendar: BusinessCalendar) -> list[tuple[str, list[str]]]:
    """Return the weekdays with their opening times, Monday first."""
    return [
        (str(WEEKDAYS[day]), [_span(*interval) for interval in intervals])
        for day, intervals in enumerate(calendar.hours.weekly)
    ]


def days_of(calendar: BusinessCalendar) -> list[tuple[str, str, str]]:
    """Return the days that differ from the week: day, what it is called, times."""
    labels = {day.get("date"): str(day.get("label") or "") for day in calendar.exceptions}
    return [
        (
            date_format(day, "DATE_FORMAT"),
            labels.get(day.isoformat(), ""),
            ", ".join(_span(*interval) for interval in intervals) or _("closed"),
        )
        for day, intervals in sorted(calendar.hours.exceptions)
    ]


def _span(start: int, end: int) -> str:
    return f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02}"


def features_in_words(features: dict[str, Any]) -> list[str]:
    """Return what grouping compared (grouping.models.Placement); a figure unknown here stands under its name."""
    words = {
        "metres": _("%(value)s m apart"),
        "hours": _("%(value)s h between"),
        "text": _("likeness of the texts %(value)s"),
        "address": _("address: %(value)s"),
        "contradictions": _("contradictions %(value)s"),
        "profile": _("judged as %(value)s"),
        "near_score": _("best other issue scored %(value)s"),
    }
    return [
        words.get(name, f"{name}: %(value)s") % {"value": value}
        for name, value in features.items()
        if value not in (None, "") and name != "near_issue_id"
    ]
