"""Clones of their own for the embedded servers' tests: real servers, in folders that are gone afterwards."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.core.embedded.services import remove_services

MakeClone = Callable[..., Path]


@pytest.fixture
def make_clone() -> Iterator[MakeClone]:
    """Return a function that makes a `var` folder, below a path as long or as closed as the test wants."""
    made: list[Path] = []

    def make(*parts: str, mode: int = 0o755) -> Path:
        top = Path(tempfile.mkdtemp(prefix="wardline-test-"))
        top.chmod(mode)
        made.append(top)
        var = top.joinpath(*parts, "var")
        var.mkdir(parents=True)
        return var

    yield make
    for top in made:
        for var in top.rglob("var"):
            remove_services(var)
        shutil.rmtree(top)


@pytest.fixture
def clone(make_clone: MakeClone) -> Path:
    """A clone in an ordinary folder."""
    return make_clone()
