"""The topics that rules can recognise: finer than the six categories, so that a verdict can name what it saw.

A topic belongs to one category and carries the severity that such a report has when its text says nothing about
danger. The vocabulary of each language (`words/*.txt`) maps words to these topics.
Source of the grouping: how Boston, Washington DC, Newport and Stuttgart route the same complaints to departments.
Cities differ (is an unshovelled sidewalk maintenance or safety?), so a tenant's own services override it (matching.py).
"""

from dataclasses import dataclass
from typing import Final

CATEGORIES: Final = ("infrastructure", "sanitation", "safety", "noise", "maintenance", "other")
SEVERITIES: Final = ("low", "medium", "high", "critical")
LOW, MEDIUM, HIGH, CRITICAL = range(4)


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of complaint: its name, the category that it belongs to, and its severity when nothing else is said."""

    name: str
    category: str
    severity: int


_TABLE: Final = {
    "infrastructure": {
        "pothole": MEDIUM,
        "road": MEDIUM,
        "sidewalk": MEDIUM,
        "street_light": MEDIUM,
        "sign": MEDIUM,
        "marking": LOW,
        "drain": MEDIUM,
        "flooding": HIGH,
        "water": MEDIUM,
        "sewer": HIGH,
        "cover": HIGH,
        "bridge": MEDIUM,
        "meter": LOW,
        "transit": LOW,
        "power": MEDIUM,
        "bicycle": LOW,
    },
    "sanitation": {
        "collection": MEDIUM,
        "litter": LOW,
        "dumping": MEDIUM,
        "recycling": LOW,
        "dead_animal": MEDIUM,
        "rodents": MEDIUM,
        "excrement": MEDIUM,
        "street_cleaning": LOW,
        "food_hygiene": MEDIUM,
    },
    "safety": {
        "fire": HIGH,
        "gas": CRITICAL,
        "wires": HIGH,
        "traffic_signal": HIGH,
        "snow": MEDIUM,
        "parking": LOW,
        "driving": MEDIUM,
        "building": HIGH,
        "construction_site": MEDIUM,
        "housing": MEDIUM,
        "hazard": HIGH,
        "crime": HIGH,
        "people": MEDIUM,
        "needles": HIGH,
        "dangerous_animal": MEDIUM,
        "pollution": HIGH,
    },
    "noise": {"music": LOW, "work_noise": LOW, "animal_noise": LOW, "traffic_noise": LOW, "noise": LOW},
    "maintenance": {
        "tree": MEDIUM,
        "vegetation": LOW,
        "park": LOW,
        "playground": MEDIUM,
        "graffiti": LOW,
        "abandoned_vehicle": LOW,
        "restroom": LOW,
        "furniture": LOW,
        "waterfront": LOW,
    },
    "other": {"thanks": LOW, "question": LOW, "office": LOW},
}

TOPICS: Final[dict[str, Topic]] = {
    name: Topic(name, category, severity) for category, row in _TABLE.items() for name, severity in row.items()
}
