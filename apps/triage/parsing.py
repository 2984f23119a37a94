"""Check a model's answer item by item: one bad item costs itself, not its batch."""

import json
import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from apps.triage.rules import CATEGORIES, SEVERITIES

REASON_MAX: Final = 300


class Fault(StrEnum):
    """What can be wrong with the answer for one report."""

    MISSING = "missing"
    DOUBLED = "doubled"
    UNKNOWN_LABEL = "unknown_label"
    INVALID = "invalid"


class WholeFault(StrEnum):
    """What can be wrong with an answer as a whole."""

    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"


class ItemAnswer(BaseModel):
    """One report's answer, with labels of the closed sets only. An unknown service is dropped, not believed."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)

    id: str
    category: Literal["infrastructure", "sanitation", "safety", "noise", "maintenance", "other"]
    severity: Literal["low", "medium", "high", "critical"]
    service: str = ""
    confidence: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
    reason: str = ""


@dataclass(frozen=True)
class ParsedAnswer:
    """The good items by id, what is wrong with the others, ids that nobody asked for, and a fault of the whole."""

    answers: dict[str, ItemAnswer]
    faults: dict[str, Fault]
    unknown_ids: tuple[str, ...] = ()
    whole: WholeFault | None = None
    dropped_services: tuple[str, ...] = field(default=())

    @property
    def summary(self) -> str:
        """Say in a line what was wrong, e.g. `missing 2, unknown_label 1`; empty when nothing was."""
        counts = Counter(str(fault) for fault in self.faults.values())
        if self.unknown_ids:
            counts["unknown_id"] = len(self.unknown_ids)
        if self.dropped_services:
            counts["unknown_service"] = len(self.dropped_services)
        parts = ([str(self.whole)] if self.whole else []) + [f"{kind} {count}" for kind, count in counts.items()]
        return ", ".join(parts)


def parse_answer(content: str, *, ids: Collection[str], service_codes: Collection[str]) -> ParsedAnswer:
    """Read the text of an answer to the reports `ids`. Never raises: whatever came is told by the result."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return _nothing(ids, WholeFault.NOT_JSON)
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        return _nothing(ids, WholeFault.WRONG_SHAPE)
    named = [(item.get("id"), item) for item in items if isinstance(item, dict)]
    times = Counter(item_id for item_id, _ in named if isinstance(item_id, str))
    answers: dict[str, ItemAnswer] = {}
    faults: dict[str, Fault] = {wanted: Fault.MISSING for wanted in ids if not times[wanted]}
    dropped: list[str] = []
    for item_id, item in named:
        if not isinstance(item_id, str) or item_id not in ids:
            continue
        # Two answers for one report: no telling which is meant, or who made the second appear.
        checked = Fault.DOUBLED if times[item_id] > 1 else _check(item)
        if isinstance(checked, Fault):
            faults[item_id] = checked
            continue
        if checked.service and checked.service not in service_codes:
            dropped.append(checked.service[:100])
            checked = checked.model_copy(update={"service": ""})
        answers[item_id] = checked
    strangers = tuple(str(item_id)[:100] for item_id, _ in named if item_id not in ids)
    return ParsedAnswer(answers, faults, strangers, dropped_services=tuple(dropped))


def _nothing(ids: Collection[str], whole: WholeFault) -> ParsedAnswer:
    return ParsedAnswer({}, dict.fromkeys(ids, Fault.MISSING), whole=whole)


def printable(text: str) -> str:
    """Drop control and surrogate characters: a model can be asked for them, and PostgreSQL cannot hold all of them."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def _check(item: dict[str, Any]) -> ItemAnswer | Fault:
    try:
        answer = ItemAnswer.model_validate(item)
    except ValidationError:
        category, severity = item.get("category"), item.get("severity")
        known = category in CATEGORIES and severity in SEVERITIES
        both_words = isinstance(category, str) and isinstance(severity, str)
        return Fault.UNKNOWN_LABEL if both_words and not known else Fault.INVALID
    return answer.model_copy(update={"reason": printable(answer.reason)[:REASON_MAX]})
