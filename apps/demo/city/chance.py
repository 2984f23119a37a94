"""Draws that come out the same on every machine: they use nothing but `random.Random.random`.

Python promises that `random()` keeps its sequence for a seed between versions; `choice`, `shuffle` and `gauss` are not
promised, so they are made here from it. Seeds are numbers made by BLAKE2, never `hash()`, which changes between runs.
"""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")
# A table of (share, value): a distribution's quantiles, straight lines between them.
Quantiles = Sequence[tuple[float, float]]


def seed_number(*parts: object) -> int:
    """Return 64 bits that depend on the parts and on nothing else."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


class Weighted(Generic[T]):
    """Things with weights, to draw from; things of no weight are never drawn."""

    __slots__ = ("_limits", "_things")

    def __init__(self, things: Sequence[T], weights: Sequence[float]) -> None:
        self._things = things
        self._limits = list(accumulate(weights))

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return self._limits[-1] if self._limits else 0.0

    def at(self, share: float) -> T:
        """Return the thing at a share of the weights in [0, 1)."""
        place = bisect_right(self._limits, share * self._limits[-1])
        return self._things[min(place, len(self._things) - 1)]


def quantile(table: Quantiles, share: float) -> float:
    """Return the value below which the share of a distribution lies."""
    for (share_a, value_a), (share_b, value_b) in pairwise(table):
        if share <= share_b:
            return value_a + (value_b - value_a) * (share - share_a) / (share_b - share_a)
    return table[-1][1]


def share_below(table: Quantiles, value: float) -> float:
    """Return the share of a distribution that lies below the value: the inverse of `quantile`."""
    for (share_a, value_a), (share_b, value_b) in pairwise(table):
        if value <= value_b:
            return max(0.0, share_a + (share_b - share_a) * (value - value_a) / (value_b - value_a))
    return 1.0


class Chance:
    """A seeded source of draws; `reseed` starts it afresh, which costs less than a new one."""

    __slots__ = ("_random", "share")

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)
        self.share = self._random.random

    def reseed(self, seed: int) -> None:
        """Start the sequence of another seed."""
        # Random.seed() looks for texts and floats first, which costs as much again as seeding by a whole number.
        super(Random, self._random).seed(seed)

    def happens(self, probability: float) -> bool:
        """Return true with the probability."""
        return self.share() < probability

    def between(self, low: float, high: float) -> float:
        """Return a number of the interval, all equally likely."""
        return low + (high - low) * self.share()

    def below(self, count: int) -> int:
        """Return a whole number from 0 to count - 1."""
        return int(self.share() * count)

    def pick(self, things: Sequence[T]) -> T:
        """Return one of the things, all equally likely."""
        return things[int(self.share() * len(things))]

    def normal(self) -> float:
        """Return a number of the standard normal distribution (Box and Muller)."""
        return math.sqrt(-2.0 * math.log(1.0 - self.share())) * math.cos(math.tau * self.share())

    def around(self, median: float, spread: float) -> float:
        """Return a positive number, log-normal: half above the median, two thirds within a factor of e^±spread."""
        return median * math.exp(spread * self.normal())

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """Return the things in another order (Fisher and Yates)."""
        mixed = list(things)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed
