"""How many exports one process streams at once."""

import threading

from django.conf import settings

# Half of the threads at most: a reader may be slow, and each holds a thread and a connection until it has read all.
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


def take_place() -> bool:
    """Take a place if one is free, to be given back by `leave_place`."""
    return _places.acquire(blocking=False)


def leave_place() -> None:
    """Give a place back."""
    _places.release()
