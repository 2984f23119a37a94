"""Real processes for the supervisor's tests: small Python programs in a folder of their own."""

import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from apps.operations.supervisor.child import Child, ChildSpec
from apps.operations.supervisor.output import LinePrinter
from tests.core.embedded.conftest import clone, make_clone

__all__ = ["clone", "make_clone"]

MakeChild = Callable[..., Child]


@pytest.fixture
def printed() -> StringIO:
    """What the supervisor and its children have written."""
    return StringIO()


@pytest.fixture
def make_child(tmp_path: Path, printed: StringIO) -> MakeChild:
    """Return a function that makes a child out of a Python program's text."""

    def make(
        name: str,
        program: str,
        *,
        stop_order: int = 0,
        patience: float = 5.0,
        once: bool = False,
        delay_seconds: float = 0.0,
    ) -> Child:
        spec = ChildSpec(
            name=name,
            command=(sys.executable, "-u", "-c", program),
            stop_order=stop_order,
            patience_seconds=patience,
            once=once,
            delay_seconds=delay_seconds,
        )
        return Child(spec=spec, folder=tmp_path, environment={}, printer=LinePrinter(printed))

    return make


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait until the condition holds; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()
