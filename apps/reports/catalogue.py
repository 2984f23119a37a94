"""The services that a new tenant starts with; staff add, rename and retire them in the admin."""

from typing import TypedDict


class DefaultService(TypedDict):
    """A service as services.catalogue.ServiceDraft takes it."""

    code: str
    name: str
    category: str
    default_severity: str
    group: str
    keywords: str
    description: str


def _service(code: str, name: str, category: str, severity: str, group: str, keywords: str) -> DefaultService:
    return {
        "code": code,
        "name": name,
        "category": category,
        "default_severity": severity,
        "group": group,
        "keywords": keywords,
        "description": f"{name}: tell us where, and what you see.",
    }


DEFAULT_SERVICES: list[DefaultService] = [
    _service("pothole", "Pothole", "infrastructure", "medium", "Streets", "pothole, hole in road, crater"),
    _service("street-light", "Street light out", "infrastructure", "medium", "Streets", "lamp, streetlight, dark"),
    _service("traffic-signal", "Traffic signal fault", "safety", "high", "Streets", "traffic light, signal, flashing"),
    _service("sidewalk", "Damaged sidewalk", "infrastructure", "medium", "Streets", "pavement, curb, kerb, trip"),
    _service("sign", "Missing or damaged sign", "infrastructure", "medium", "Streets", "stop sign, street name"),
    _service("water-leak", "Water leak or flooding", "infrastructure", "high", "Water", "burst pipe, drain, sewer"),
    _service("missed-collection", "Missed waste collection", "sanitation", "low", "Waste", "trash, bin, recycling"),
    _service("illegal-dumping", "Illegal dumping", "sanitation", "medium", "Waste", "dumped, mattress, fly tipping"),
    _service("rodents", "Rats and other pests", "sanitation", "medium", "Waste", "rat, mice, infestation"),
    _service("graffiti", "Graffiti", "maintenance", "low", "Public spaces", "tagging, spray paint, vandalism"),
    _service("park", "Park or playground maintenance", "maintenance", "low", "Public spaces", "swing, bench, grass"),
    _service("tree", "Damaged or fallen tree", "maintenance", "high", "Public spaces", "branch, limb, stump"),
    _service("abandoned-vehicle", "Abandoned vehicle", "maintenance", "low", "Vehicles", "no plates, flat tires"),
    _service("illegal-parking", "Illegal parking", "safety", "medium", "Vehicles", "blocked driveway, hydrant"),
    _service("hazard", "Dangerous condition", "safety", "critical", "Safety", "live wire, gas, collapse, sinkhole"),
    _service("snow", "Snow and ice", "safety", "medium", "Safety", "not shoveled, icy, plow"),
    _service("noise", "Noise", "noise", "low", "Neighbourhood", "loud music, party, construction at night"),
    _service("other", "Something else", "other", "low", "Other", ""),
]
