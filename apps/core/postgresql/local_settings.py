"""Settings that hold for one transaction, carried by the context rather than by the connection."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_local_settings: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("postgresql_local_settings", default=())


def current_local_settings() -> tuple[tuple[str, str], ...]:
    """Return the (name, value) pairs that every transaction of this context must run under."""
    return _local_settings.get()


@contextmanager
def local_settings(values: Mapping[str, str]) -> Iterator[None]:
    """Run the block's statements under these PostgreSQL settings, in place of any outer ones."""
    token = _local_settings.set(tuple(sorted(values.items())))
    try:
        yield
    finally:
        _local_settings.reset(token)
