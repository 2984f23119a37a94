"""How far and how long each kind of problem reaches. Part of algorithm v1.

Sources: docs/grouping.md's starting values (noise 150 m and 6 h, potholes 30 m and 60 d, street lights 25 m and 30 d,
waste 50 m and 5 d); abandoned vehicles and parking from the labelled duplicates of Boston (README, decisions).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

HOUR = 3_600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of problem.

    ``radius_metres`` and ``lasts_seconds`` are where likeness in place and time has fallen to 1/e. ``doubt`` is taken
    off the score of kinds where two reports near in place and time are often about two things; it is negative for
    fixed things, of which there is seldom a second within the radius. ``own_address`` says that two house numbers are
    two cases: each owner clears their own snow.
    """

    name: str
    radius_metres: float
    lasts_seconds: float
    doubt: float = 0.0
    own_address: bool = False

    @property
    def reach_metres(self) -> float:
        """Return the distance beyond which nothing is compared; within the nine cells of 100 m."""
        return min(100.0, 1.5 * self.radius_metres)

    @property
    def reach_seconds(self) -> float:
        """Return the age beyond which nothing is compared."""
        return 2.5 * self.lasts_seconds


# The first whose words occur in the service's name decides; the order puts the particular before the general.
_BY_WORDS: tuple[tuple[str, Profile], ...] = (
    (r"pothole|sinkhole|schlagloch", Profile("pothole", 30, 60 * DAY, -0.3)),
    (r"street ?light|streetlight|lamp|lighting|beleuchtung", Profile("street light", 25, 30 * DAY, -0.3)),
    (r"abandon\w* (vehicle|car|bike|bicycle)|derelict vehicle", Profile("abandoned vehicle", 30, 10 * DAY, 0.3)),
    (r"park(ing|ed)", Profile("parking", 25, 5 * HOUR, 1.2)),
    (r"snow|unshovel|shovel|\bicy?\b", Profile("snow", 25, 2 * DAY, 0.6, own_address=True)),
    (r"noise|loud|music|lärm", Profile("noise", 150, 6 * HOUR)),
    (r"graffiti", Profile("graffiti", 25, 30 * DAY)),
    (r"trash|rubbish|waste|litter|dump|garbage|recycl|abfall|müll", Profile("waste", 50, 5 * DAY, 0.2)),
    (r"traffic (signal|light)|stop sign|\bsigns?\b", Profile("signal", 40, 7 * DAY)),
    (r"tree", Profile("tree", 30, 14 * DAY)),
    (r"flood|water main|sewer|drain|catch ?basin|hydrant", Profile("water", 60, 3 * DAY)),
)
_BY_CATEGORY = {
    "infrastructure": Profile("infrastructure", 30, 21 * DAY, 0.3),
    "sanitation": Profile("sanitation", 50, 5 * DAY, 0.3),
    "safety": Profile("safety", 30, 3 * DAY, 0.3),
    "noise": Profile("noise", 150, 6 * HOUR),
    "maintenance": Profile("maintenance", 30, 14 * DAY, 0.3),
}
# A service called "Other" says nothing of the kind: place and time alone never suffice.
OTHER = Profile("other", 25, 3 * DAY, 2.0)
_CATCH_ALL = re.compile(r"^(other|general|misc\w*|sonstig\w*)\b|^$")
_COMPILED = tuple((re.compile(pattern), profile) for pattern, profile in _BY_WORDS)
LONGEST_REACH_SECONDS = max(p.reach_seconds for p in (*(p for _, p in _BY_WORDS), *_BY_CATEGORY.values(), OTHER))


@lru_cache(maxsize=4_096)
def profile_for(category: str, service_name: str) -> Profile:
    """Return the profile of a service by its name's words, else of its category; a catch-all service is OTHER."""
    name = service_name.strip().lower()
    for pattern, profile in _COMPILED:
        if pattern.search(name):
            return profile
    # Reports without a service are judged by what triage said of them, with the catch-all's caution.
    return OTHER if _CATCH_ALL.search(name) else _BY_CATEGORY.get(category, OTHER)
