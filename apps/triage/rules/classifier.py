"""Classify a report by rules: category, severity, how sure, and which words decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .lexicon import Hit, Lexicon, lexicon, words_of
from .topics import CATEGORIES, HIGH, LOW, MEDIUM, SEVERITIES, TOPICS

# Changed whenever an answer could change; stored beside every answer.
RULES_VERSION: Final = "rules-1"

# What a service's own category is worth, in units of a strong word (3.0): two strong words beat it.
SERVICE_CATEGORY_WEIGHT: Final = 4.0
# A service's name is a considered label, a citizen's word is not: half as much again.
SERVICE_NAME_WEIGHT: Final = 1.5
# Repeating a word does not make it truer.
REPEATED_TERM_WEIGHT: Final = 0.25
NEGATION_REACH_WORDS: Final = 3
MAX_NAMED_TERMS: Final = 6
_CATEGORY_OF: Final = {name: topic.category for name, topic in TOPICS.items()}
_STRESS: Final = frozenset({"only", "just", "nur", "solo"})


@dataclass(frozen=True, slots=True)
class ServiceHint:
    """What rules may know of a service. An unknown category or severity is the empty string."""

    id: int
    code: str
    name: str
    category: str = ""
    severity: str = ""
    keywords: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rules' answer. `terms` are the vocabulary's words that decided, weightiest first; confidence is 0 to 1."""

    category: str
    severity: str
    confidence: float
    terms: tuple[str, ...]
    topic: str = ""
    service_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text shows: points per topic, terms that raise or lower severity, and the words themselves."""

    topics: dict[str, float]
    term_points: dict[str, float]
    raised: int
    lowered: bool
    vulnerable: bool
    severity_terms: tuple[str, ...]
    words: Sequence[str]


def _negated(words: Sequence[str], position: int, negations: set[str]) -> bool:
    """Whether one of the three words before says no ('no one was injured'), and not merely 'not only'."""
    for before in range(max(0, position - NEGATION_REACH_WORDS), position):
        if words[before] in negations and words[before + 1] not in _STRESS:
            return True
    return False


def _severity_of(hits: Sequence[Hit], words: Sequence[str], lex: Lexicon) -> tuple[int, bool, tuple[str, ...]]:
    """Return the highest severity that a word raises to (or -1), whether one lowers it, and the words that did."""
    raised, lowered, terms = -1, False, []
    if all(hit.term.severity is None for hit in hits):
        return raised, lowered, ()
    for hit in hits:
        level = hit.term.severity
        if level is None or (level > LOW and _negated(words, hit.position, lex.negations)):
            continue
        lowered = lowered or level == LOW
        raised = max(raised, level) if level > LOW else raised
        terms.append(hit.term.text)
    return raised, lowered, tuple(dict.fromkeys(terms))


def read(text: str) -> Reading:
    """Find the vocabulary's terms in a text and add up what they say."""
    lex, words = lexicon(), words_of(text)
    hits = lex.hits(words)
    topics: dict[str, float] = {}
    seen: dict[str, float] = {}
    for hit in hits:
        term = hit.term
        if not term.topics:
            continue
        factor = REPEATED_TERM_WEIGHT if term.text in seen else 1.0
        seen[term.text] = term.topics[0][1]
        for topic, weight in term.topics:
            topics[topic] = topics.get(topic, 0.0) + weight * factor
    raised, lowered, severity_terms = _severity_of(hits, words, lex)
    return Reading(topics, seen, raised, lowered, any(h.term.vulnerable for h in hits), severity_terms, words)


def known_category(service: ServiceHint | None) -> str:
    """The service's category where it says something: `other` is what an import gives a service nobody has sorted."""
    return service.category if service and service.category in CATEGORIES[:-1] else ""


def _severity(reading: Reading, topic: str, service: ServiceHint | None) -> int:
    """Start from the service's or topic's severity; danger raises it, people at risk by a step, mildness lowers it."""
    base = TOPICS[topic].severity if topic else MEDIUM
    if service and service.severity in SEVERITIES and known_category(service):
        base = SEVERITIES.index(service.severity)
    if reading.raised > LOW:
        return max(base, reading.raised)
    if reading.lowered:
        return max(LOW, base - 1)
    if reading.vulnerable and topic and TOPICS[topic].category != "other":
        return max(base, min(base + 1, HIGH))
    return base


def _confidence(best: float, second: float) -> float:
    """Share of the evidence that speaks for the winner, pulled towards a guess when there is little of it.

    Source: compared with the labels of Newport and Boston in README.md (share right per tenth of confidence).
    """
    return round((best + 0.5) / (best + second + 2.0), 3)


def judge(
    reading: Reading,
    service: ServiceHint | None = None,
    *,
    service_topics: Mapping[str, float] | None = None,
    own_categories: Mapping[str, str] | None = None,
) -> Verdict:
    """Decide on what was read. A critical word always yields critical, whatever the topic.

    `service_topics`: what the service's name says, in points. `own_categories`: topics that the tenant's services put
    into another category than topics.py does.
    """
    category_of = {**_CATEGORY_OF, **own_categories} if own_categories else _CATEGORY_OF
    topics = dict(reading.topics)
    for topic, points in (service_topics or {}).items():
        topics[topic] = topics.get(topic, 0.0) + points * SERVICE_NAME_WEIGHT
    categories: dict[str, float] = {}
    for topic, points in topics.items():
        category = category_of[topic]
        categories[category] = categories.get(category, 0.0) + points
    if known := known_category(service):
        categories[known] = categories.get(known, 0.0) + SERVICE_CATEGORY_WEIGHT
    ranked = sorted(categories.items(), key=_by_points)
    category, best = ranked[0] if ranked else ("other", 0.0)
    topic = max((t for t in topics if category_of[t] == category), key=lambda t: topics[t], default="")
    level = _severity(reading, topic, service)
    confidence = _confidence(best, ranked[1][1] if len(ranked) > 1 else 0.0)
    terms = _deciding_terms(reading, level)
    return Verdict(category, SEVERITIES[level], confidence, terms, topic, service.id if service else None)


def _by_points(item: tuple[str, float]) -> tuple[float, int]:
    return -item[1], CATEGORIES.index(item[0])


def _deciding_terms(reading: Reading, level: int) -> tuple[str, ...]:
    points = reading.term_points
    named = sorted(points, key=points.__getitem__, reverse=True)[:MAX_NAMED_TERMS]
    if level < HIGH or not reading.severity_terms:
        return tuple(named)
    return tuple(dict.fromkeys((*reading.severity_terms, *named)))[:MAX_NAMED_TERMS]


def classify(text: str, service: ServiceHint | None = None) -> Verdict:
    """Classify one text, helped by the service that the reporter chose, if any."""
    return judge(read(text), service, service_topics=read(service.name).topics if service else None)
