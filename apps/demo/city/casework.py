"""What staff did about a problem, step by step: the issue's timeline as the product would have written it.

Only what a problem's own timeline leaves open is drawn here, from the problem's seed: who did it, by which steps, what
was said. Standard library only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.demo.city.chance import Chance
from apps.demo.city.problems import Problem
from apps.demo.city.timeline import CLOSING_DAYS

_OWN_DRAWS = 0xCA5E  # a sequence of its own beside those of the problem's reports
_BEGUN_SHARE = 0.6  # of what was resolved, crews said that they had begun; the others closed it straight away
_ASSIGNED_SHARE = 0.85  # of what was acknowledged has a department; of these two thirds a person
_PERSON_SHARE = 0.66
_COMMENT_SHARE = 0.3
_PUBLIC_SHARE = 0.4
_NOTES = (
    "Crew is on its way.",
    "Inspected on site.",
    "Photo taken and added to the work order.",
    "Asked the utility for its plans.",
    "Neighbour called again about this.",
    "Needs two people and the small truck.",
    "Nothing found at the address given, looked along the whole block.",
    "Temporary barrier in place.",
    "Material ordered, three days.",
    "Passed on to the contractor.",
    "Same place as last year.",
    "Thank you for reporting this, we are working on it.",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One move along the workflow."""

    at: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Note:
    """A comment of staff; public ones are shown to reporters."""

    at: datetime
    text: str
    is_public: bool


@dataclass(frozen=True, slots=True)
class Casework:
    """A problem's handling. `worker` is a share in [0, 1) to choose one of the staff by; `version` counts changes."""

    status: str
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    worker: float
    assigned_at: datetime | None
    has_person: bool
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]

    @property
    def version(self) -> int:
        """How often staff changed the issue, counted from 1 for its opening."""
        return 1 + len(self.steps) + (self.assigned_at is not None)


def draw_casework(*, problem: Problem, last_report_at: datetime, until: datetime, chance: Chance) -> Casework:
    """Return what staff have done about a problem up to the city's present; `chance` is reseeded."""
    chance.reseed(problem.seed ^ _OWN_DRAWS)
    timeline = problem.timeline
    steps = _steps(problem, until, chance)
    assigned_at = None
    if timeline.acknowledged_at and chance.happens(_ASSIGNED_SHARE):
        assigned_at = timeline.acknowledged_at
    last_step = steps[-1].at if steps else last_report_at
    return Casework(
        status=timeline.status,
        acknowledged_at=timeline.acknowledged_at,
        resolved_at=timeline.resolved_at,
        closed_at=steps[-1].at if timeline.status == "closed" else None,
        updated_at=max(last_step, last_report_at),
        worker=chance.share(),
        assigned_at=assigned_at,
        has_person=assigned_at is not None and chance.happens(_PERSON_SHARE),
        steps=tuple(steps),
        notes=_notes(timeline.acknowledged_at, last_step, chance),
    )


def _steps(problem: Problem, until: datetime, chance: Chance) -> list[Step]:
    timeline = problem.timeline
    if timeline.acknowledged_at is None:
        return []
    steps = [Step(timeline.acknowledged_at, "open", "acknowledged")]

    def move(at: datetime, after: str) -> None:
        steps.append(Step(at, steps[-1].after, after))

    rest = (timeline.resolved_at or until) - timeline.acknowledged_at
    begun = chance.between(0.1, 0.5)
    if timeline.status in ("in_progress", "on_hold") or (timeline.resolved_at and chance.happens(_BEGUN_SHARE)):
        move(timeline.acknowledged_at + begun * rest, "in_progress")
    if timeline.status == "on_hold":
        move(timeline.acknowledged_at + chance.between(begun, 0.95) * rest, "on_hold")
    if timeline.resolved_at:
        move(timeline.resolved_at, "resolved")
    if timeline.resolved_at and timeline.status == "closed":
        move(timeline.resolved_at + timedelta(days=CLOSING_DAYS), "closed")
    return steps


def _notes(acknowledged_at: datetime | None, last_step: datetime, chance: Chance) -> tuple[Note, ...]:
    if acknowledged_at is None or not chance.happens(_COMMENT_SHARE):
        return ()
    count = 1 + chance.below(3)
    rest = (last_step - acknowledged_at) / count
    return tuple(
        Note(acknowledged_at + (number + chance.share()) * rest, chance.pick(_NOTES), chance.happens(_PUBLIC_SHARE))
        for number in range(count)
    )
