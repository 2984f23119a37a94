"""Typed events: a lower floor tells what happened without knowing who listens.

Events are frozen dataclasses published inside the transaction that made them true. Handlers run at once, in the
order in which they subscribed, in the same transaction; what must wait for the commit is a handler's own business.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

EVENT_IDS_MAX = 1_000  # rows an event may name, so that what reacts can stay set-based and bounded

Event = TypeVar("Event")
_handlers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event_type: type[Event], handler: Callable[[Event], None]) -> None:
    """Run the handler for every event of the type; subscribing the same handler again changes nothing."""
    if handler not in _handlers[event_type]:
        _handlers[event_type].append(handler)


def publish(event: Any) -> None:
    """Run the handlers of the event's type; what a handler raises undoes the publisher's transaction."""
    for handler in _handlers[type(event)]:
        handler(event)


def handlers_of(event_type: type[Any]) -> tuple[Callable[[Any], None], ...]:
    """Return who reacts to an event, in order."""
    return tuple(_handlers[event_type])


def chunks(ids: list[int], size: int = EVENT_IDS_MAX) -> list[list[int]]:
    """Cut a list of ids into pieces small enough for one event each."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]
