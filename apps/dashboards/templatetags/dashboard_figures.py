"""How figures are written on dashboards."""

from django import template

register = template.Library()
GOOD_FROM = 0.9
FAIR_FROM = 0.75


@register.filter
def percent(share: float) -> str:
    """Write a share of 0 to 1 as a whole percentage; 99.6 % is not yet 100 %."""
    rounded = round(share * 100)
    return f"{99 if rounded == 100 and share < 1 else rounded} %"


@register.filter
def grade(share: float | None) -> str:
    """Name the colour of a share of promises kept: good from 90 %, fair from 75 %, poor below; none without any."""
    if share is None:
        return ""
    return "good" if share >= GOOD_FROM else "fair" if share >= FAIR_FROM else "poor"
