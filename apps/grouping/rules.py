"""Small decisions of grouping: what an issue is called, and which locks a place needs. Standard library only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

TITLE_MAX = 100  # characters: one line of a list at desktop width
# A tenant's map falls into so many parts that are locked one by one. Enough that reports from different quarters
# seldom wait for each other, few enough for the lock table however wide a batch is spread (README, decisions).
LOCK_PARTS = 64
_COARSE_CELLS = 10  # grid cells on the side of a coarse cell, about 1 km
_ROW_FACTOR = 2**32


@dataclass(frozen=True)
class GroupingChoices:
    """A tenant's choices, the configuration's `grouping` part.

    `automatic` false: no report joins by itself. `separate_categories`: none of these does. `placeholder_addresses`:
    where the city's own form puts reports that it cannot locate; what meets there has nothing in common.
    """

    automatic: bool = True
    separate_categories: frozenset[str] = frozenset()
    placeholder_addresses: frozenset[str] = frozenset()

    @classmethod
    def read(cls, document: Any) -> Self:
        """Read the configuration's part; what is absent or of another shape keeps its default."""
        if not isinstance(document, dict):
            return cls()
        return cls(
            automatic=document.get("automatic") is not False,
            separate_categories=_words(document.get("separate_categories")),
            placeholder_addresses=_words(document.get("placeholder_addresses")),
        )

    def may_join(self, *, category: str, address: str) -> bool:
        """Tell whether a report may join an issue by itself; an address counts up to its first comma, in any case."""
        street = address.split(",", 1)[0].strip().lower()
        return self.automatic and category not in self.separate_categories and street not in self.placeholder_addresses


def _words(value: Any) -> frozenset[str]:
    return frozenset(str(word).strip().lower() for word in value) if isinstance(value, list) else frozenset()


def issue_title(*, description: str, service_name: str, address: str) -> str:
    """Return the name of an issue: the first words that a person wrote, else the service and where it is.

    A form's 'Question: answer | …' is nobody's words.
    """
    first = "" if " | " in description else " ".join(description.split())
    if len(first) > TITLE_MAX:
        first = first[: TITLE_MAX - 1].rsplit(" ", 1)[0] + "…"
    return first or " – ".join(part for part in (service_name.strip(), address.strip()) if part) or "–"


def lock_parts(cells: Iterable[int]) -> list[int]:
    """Return the parts of the map that these grid cells lie in, ascending, each once.

    Whoever places a report locks the parts of all nine cells in which it looks for issues. Two reports that could meet
    share a cell, so they share a part: no border between coarse cells needs a second look.
    """
    coarse = {(cell // _ROW_FACTOR // _COARSE_CELLS, cell % _ROW_FACTOR // _COARSE_CELLS) for cell in cells}
    # Odd multipliers spread neighbouring coarse cells over different parts.
    return sorted({(row * 31 + column * 17) % LOCK_PARTS for row, column in coarse})
