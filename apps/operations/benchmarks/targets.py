"""What each figure has to reach, and what it should.

Source: the product's performance design, table "Read": `required` is the promise, `aim` the best that was seen for a
path with nothing else on. Ratios are used because absolute figures move by 30 % between machines and hours.
"""

from dataclasses import dataclass
from enum import Enum


class Judged(Enum):
    """Which number the target is about."""

    VALUE = "value"
    RATIO = "ratio"


class Better(Enum):
    """Which way is better."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Target:
    """The promise and the aim of one figure; None where a figure is only told."""

    required: float | None
    aim: float | None
    judged: Judged
    better: Better


def _at_most(required: float | None, aim: float | None = None) -> Target:
    return Target(required, aim, Judged.VALUE, Better.LOWER)


def _at_least(required: float | None, aim: float | None = None) -> Target:
    return Target(required, aim, Judged.VALUE, Better.HIGHER)


def _share(required: float | None, aim: float | None = None) -> Target:
    return Target(required, aim, Judged.RATIO, Better.HIGHER)


def _factor(required: float | None, aim: float | None = None) -> Target:
    return Target(required, aim, Judged.RATIO, Better.LOWER)


# By id; "R2" stands for each R2.x that has no line of its own.
TARGETS: dict[str, Target] = {
    # Milliseconds, p95, 10 connections: the seeds' figures ÷ 2; the aim is ÷ 8.
    "R1.reports": _at_most(6, 1.5),
    "R1.open_issues": _at_most(4, 1),
    "R1.issue": _at_most(7.5, 1.9),
    "R1.sla": _at_most(22, 5.6),
    # Time ÷ psycopg's with the same statements.
    "R2": _factor(1.5, 1.2),
    # Requests a second ÷ the bare view's; R3.stock ÷ a stock ModelViewSet's.
    "R3.list": _share(0.20, 0.35),
    "R3.stock": _share(6, 10),
    "R4.list": _share(0.55, 0.70),
    "R4.not_modified": _share(0.60, 0.75),
    "R5.issue": _share(0.15, 0.30),
    # Time of a page near the end ÷ the first page's.
    "R6": _factor(1.1, 1.05),
    "R7.cold": _share(0.12, 0.30),
    "R7.warm": _share(0.55, 0.70),
    # Cost of the same at ten times the data.
    "R8": _factor(1.2, 1.05),
    "R9.bump": _at_most(1),
    "R9.round_trips": _at_most(1),
    "R10": _at_least(40_000, 100_000),
    "R10.memory": _at_most(64),
    # REQUIREMENTS C1, C3, C5, D4; L3 of the table "Load".
    "C1.hit_rate": _at_least(0.80),
    "C3.stale_reads": _at_most(0),
    "C5.computations": _at_most(1),
    "D4.threads": _at_most(0),
    "D4.clients": _at_most(0),
    "L3.mixed": _share(0.40),
}
_UNTARGETED = Target(None, None, Judged.VALUE, Better.LOWER)


def target_of(id: str) -> Target:  # noqa: A002 - the contract's word
    """Return a figure's target: its own, its family's, or none."""
    return TARGETS.get(id) or TARGETS.get(id.partition(".")[0]) or _UNTARGETED
