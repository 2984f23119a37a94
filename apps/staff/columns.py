"""Columns and read-only fields: what a list or a form shows of a row that is not simply a field."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.staff.drawing import NOTHING, moment

Method = TypeVar("Method", bound=Callable[..., Any])


def shown(title: Any, **options: Any) -> Callable[[Method], Method]:
    """Let a method be a column or field under a title; options are the theme's: label, header, ordering."""

    def decorate(method: Method) -> Method:
        decorated: Method = display(description=title, **options)(method)
        return decorated

    return decorate


def moment_column(field: str, title: Any) -> Callable[[Any, Any], SafeString | str]:
    """Return a column that shows a moment in the city's time, short, and sorts by it."""

    @shown(title, ordering=field)
    def column(_admin: Any, row: Any) -> SafeString | str:
        return moment(getattr(row, field))

    return column


def label_column(field: str, title: Any, colours: dict[str, str]) -> Callable[[Any, Any], tuple[str, str]]:
    """Return a column that shows a choice in words, as a label coloured by its value; no value is a dash."""

    @shown(title, label=colours | {"": ""}, ordering=field)
    def column(_admin: Any, row: Any) -> tuple[str, str]:
        return getattr(row, field), str(getattr(row, f"get_{field}_display")()) or NOTHING

    return column
