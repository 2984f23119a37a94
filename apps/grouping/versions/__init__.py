"""The algorithm versions by name. The name is stored beside every answer; old versions stay runnable."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from apps.grouping.versions import v1
from apps.grouping.versions.v1 import Features, Traits

__all__ = ["ALGORITHMS", "CURRENT", "Algorithm", "Features", "Traits"]


class ReadTraits(Protocol):
    """Prepare one report for comparing."""

    def __call__(
        self, *, lat: float, lng: float, category: str, service_code: str, service_name: str, text: str, address: str
    ) -> Traits: ...


@dataclass(frozen=True)
class Algorithm:
    """One way to judge whether a report belongs to an issue."""

    version: str
    read_traits: ReadTraits
    score: Callable[[Traits, Traits, float], Features | None]
    auto_threshold: float
    reach_seconds: float


ALGORITHMS = {
    v1.VERSION: Algorithm(v1.VERSION, v1.read_traits, v1.score, v1.AUTO_THRESHOLD, v1.LONGEST_REACH_SECONDS),
}
# 2026-11: v1 is the first; everything that is stored says so.
CURRENT = ALGORITHMS[v1.VERSION]
