"""What a report's words and address say, prepared once so that comparing two reports costs microseconds.

Part of algorithm v1: a change here changes stored answers, so a later version brings its own copy.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]{3,}")
_ANSWER = re.compile(r"(?:^|\|)\s*([^|:]{4,80}):\s*([^|]{1,80}?)\s*(?=\||$)")
# Answers that say nothing: two forms which both leave a field open do not agree on it.
_EMPTY_ANSWERS = frozenset({"", "unknown", "none", "n/a", "na", "no", "yes", "other", "[plate]", "[phone]", "[name]"})
# Words that most complaints share. A fifth of a term's ordinary weight, not zero: "not here now" still means something.
# Source: the most frequent words of Boston's Open311 texts 2008-2020 that name neither a thing nor a place.
_COMMONPLACE = frozenset(
    "about additional after again all along also always and any are area around available back been before being both "
    "boston but can case city comment day days detail did does down every exact for from front had has have help here "
    "hour how into its just know like location make month more need never not now one only other our out over people "
    "please property put report resident same see several should since some someone spot still street take thank than "
    "that the their them then there these they thing this time today too two type very want was way week weekend well "
    "were what when where which while who will with would year yesterday you your".split()
)
_COLOURS = frozenset(
    "beige black blue bronze brown browngoldtan gold golden gray green grey greysilver maroon orange pink purple red "
    "redorange silver tan white yellow".split()
)
# One paint, two names; the phone form of Boston's call centre joins some into one word.
_PAINT = {
    "grey": "silver",
    "gray": "silver",
    "greysilver": "silver",
    "golden": "gold",
    "tan": "brown",
    "beige": "brown",
    "gold": "brown",
    "bronze": "brown",
    "browngoldtan": "brown",
    "maroon": "red",
    "redorange": "red",
    "orange": "red",
}
_MAKES = frozenset(
    "acura audi bmw buick cadillac chevrolet chevy chrysler dodge ford gmc honda hyundai infiniti jaguar jeep kia "
    "lexus lincoln mazda mercedes mercury mini mitsubishi nissan pontiac porsche saab saturn subaru suzuki tesla "
    "toyota volkswagen volvo vw".split()
)
_MAKE_NAMES = {"chevy": "chevrolet", "vw": "volkswagen"}
COMMONPLACE_WEIGHT = 0.2
SHORT_ANSWER = 24  # characters; longer answers are prose, and prose may differ about one thing


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as terms with squared weights summing to ``mass``, and what it asserts of exclusive things."""

    terms: frozenset[str]
    mass: float
    colours: frozenset[str]
    makes: frozenset[str]
    answers: Mapping[str, str]


@lru_cache(maxsize=65_536)
def _term(word: str) -> str:
    """Cut English endings, so that 'parked', 'parking' and 'parks' are one term; other languages lose nothing by it."""
    for ending in ("ing", "ed", "es", "s"):
        if len(word) - len(ending) >= 4 and word.endswith(ending):
            return word[: -len(ending)]
    return word


_COMMON_TERMS = frozenset(_term(word) for word in _COMMONPLACE)


def _mass(terms: frozenset[str]) -> float:
    common = len(terms & _COMMON_TERMS)
    return len(terms) - common + common * COMMONPLACE_WEIGHT**2


@lru_cache(maxsize=16_384)
def read_wording(text: str) -> Wording:
    """Read a description; of a form's 'Question: answer | …' only the answers count: all share the questions."""
    lowered = text[:2_000].lower()
    answers: dict[str, str] = {}
    if "|" in lowered:
        found = _ANSWER.findall(lowered)
        answers = {question.strip(): answer for question, answer in found if answer not in _EMPTY_ANSWERS}
        lowered = _ANSWER.sub(lambda match: f"| {match.group(2)} ", lowered)
    words = set(_WORD.findall(lowered))
    terms = frozenset(map(_term, words))
    colours = frozenset(_PAINT.get(word, word) for word in words & _COLOURS)
    makes = frozenset(_MAKE_NAMES.get(word, word) for word in words & _MAKES)
    return Wording(terms, _mass(terms), colours, makes, answers)


def similarity(first: Wording, second: Wording) -> float:
    """Return the cosine of the two term sets, lessened where little is shared: 0 to nearly 1.

    Two texts that are both just 'hole' agree in a word that thousands use: one shared term counts half, four 0.8.
    """
    shared = first.terms & second.terms
    if not shared:
        return 0.0
    mass = _mass(shared)
    return mass / math.sqrt(first.mass * second.mass) * mass / (mass + 1.0)


def contradictions(first: Wording, second: Wording) -> float:
    """Weigh what cannot be true of one thing: 1 each for two colours and two makes of car, a quarter for answers.

    A form's answers weigh less: one caller's 'SUV' is the next one's '4DR'.
    """
    weight = 0.0
    if first.colours and second.colours and first.colours.isdisjoint(second.colours):
        weight += 1.0
    if first.makes and second.makes and first.makes.isdisjoint(second.makes):
        weight += 1.0
    if first.answers and second.answers and _answers_differ(first.answers, second.answers):
        weight += 0.25
    return weight


def _answers_differ(first: Mapping[str, str], second: Mapping[str, str]) -> bool:
    both = ((first[question], second[question]) for question in first.keys() & second.keys())
    return any(
        max(len(one), len(other)) <= SHORT_ANSWER and one not in other and other not in one for one, other in both
    )
