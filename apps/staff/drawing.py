"""How one row's facts are drawn in lists and forms: labels, moments, tables."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from django.template.defaultfilters import date as format_date
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# The theme's colour of each word.
SEVERITY_COLOURS = {"low": "", "medium": "info", "high": "warning", "critical": "danger"}
STATUS_COLOURS = {
    "open": "primary",
    "acknowledged": "info",
    "in_progress": "info",
    "on_hold": "warning",
    "resolved": "success",
    "closed": "",
}
OUTCOME_COLOURS = {"pending": "info", "met": "success", "missed": "danger", "cancelled": ""}
NOTHING = "–"
Drawn = TypeVar("Drawn")


def drawn_once(method: Callable[[Any, Any], Drawn]) -> Callable[[Any, Any], Drawn]:
    """Keep what a method draws of a row with the row: the theme asks for a read-only field five times a page."""
    name = f"_drawn_{method.__name__}"

    @wraps(method)
    def drawn(admin: Any, row: Any) -> Drawn:
        if name not in row.__dict__:
            row.__dict__[name] = method(admin, row)
        kept: Drawn = row.__dict__[name]
        return kept

    return drawn


def moment(value: datetime | None) -> SafeString | str:
    """Return a moment of the city's clock, short enough for a column; the year only where it is another."""
    return NOTHING if value is None else format_html('<span class="wl-when">{}</span>', _short(value))


def _short(value: datetime) -> str:
    local = timezone.localtime(value)
    same_year = local.year == timezone.localtime().year
    return str(format_date(local, "j M, H:i" if same_year else "j M Y, H:i"))


def deadline(due_at: datetime | None, *, now: datetime) -> SafeString | str:
    """Return when something falls due; what is late says so in red, and in words for those who see no red."""
    if due_at is None:
        return NOTHING
    if due_at >= now:
        return moment(due_at)
    return format_html('<span class="wl-when wl-late">{}<br>{}</span>', _short(due_at), _("overdue"))


def draw(template: str, **context: Any) -> SafeString:
    """Return a template of ours, filled."""
    return render_to_string(template, context)


def place(lat: float | None, lng: float | None) -> str:
    """Return coordinates as people write them."""
    return NOTHING if lat is None or lng is None else f"{lat:.6f}, {lng:.6f}"
