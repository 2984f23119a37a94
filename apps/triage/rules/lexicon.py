"""Read the word files and find their terms in a text, one dictionary look-up a word.

Notation of `words/*.txt`: sections in brackets name a topic, or `severity` and `context`; inside, `strong:` and `weak:`
lists (or severities) of terms separated by commas, continued on indented lines. In a term `*` ends a prefix, `~` stands
for up to three other words, and a leading `?` marks a word that means something else in English: it counts only
in a text that shows at least two of its own language's `markers`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from .topics import SEVERITIES, TOPICS

LANGUAGES: Final = ("en", "de", "es")
STRONG_WEIGHT, WEAK_WEIGHT, PHRASE_BONUS = 3.0, 1.0, 1.0
MAX_GAP_WORDS: Final = 3
MIN_MARKERS: Final = 2
# A text of 1 MB must not cost a thousand times an ordinary one; Boston's longest genuine report has 3,900 characters.
MAX_CHARACTERS: Final = 4_000
# Distinct words remembered with what they mean; cleared when full, so that garbage words cannot eat the memory.
MAX_REMEMBERED_WORDS: Final = 100_000
MIN_PREFIX: Final = 2
_WORD: Final = re.compile(r"[^\W_]+")
_APOSTROPHES: Final = str.maketrans("", "", "'’`")


V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of the vocabulary: what it says about topics, severity (an index of SEVERITIES) and context."""

    text: str
    topics: tuple[tuple[str, float], ...] = ()
    severity: int | None = None
    vulnerable: bool = False
    markers: frozenset[str] | None = None
    # Whether its words may mean nothing else: 'fire hydrant' is no fire, but 'exposed wire' is still a wire.
    consumes: bool = True


class Hit(NamedTuple):
    """A term found at a word's position. A tuple: frozen dataclasses cost thrice as much to make."""

    term: Term
    position: int


Phrase = tuple[tuple[str, ...], Term]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a word can start: itself; phrases by the stem of the word that must follow; and all other phrases.

    Both kinds are ordered, the longest first. Looking the next word up spares nine in ten comparisons.
    """

    single: Term | None
    following: dict[str, tuple[Phrase, ...]]
    loose: tuple[Phrase, ...]


_NOTHING: Final = _Entry(None, {}, ())


def fold(text: str) -> str:
    """Lower the case, drop apostrophes, and fold accents and sharp s, so that spelling variants meet."""
    lowered = text[:MAX_CHARACTERS].casefold().translate(_APOSTROPHES)
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def words_of(text: str) -> list[str]:
    """Split a text into folded words."""
    return _WORD.findall(fold(text))


def stem(word: str) -> str:
    """Take a plural ending off. Crude on purpose: both sides are treated alike, and exact words beat clever ones."""
    if len(word) < 4 or word[-1] != "s" or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses")) else word[:-1]


def _sections(source: str) -> Iterator[tuple[str, str, str]]:
    """Yield (section, list name, terms) of a word file; raise ValueError naming a line that is neither."""
    section, name, terms = "", "", ""
    for number, line in enumerate(source.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            terms += " " + line.strip()
            continue
        if name:
            yield section, name, terms
            name = ""
        if line.startswith("["):
            section = line.strip(" []")
        elif ":" in line and section:
            name, terms = (part.strip() for part in line.split(":", 1))
        else:
            raise ValueError(f"word file, line {number}: expected a section or a list, got {line!r}")
    if name:
        yield section, name, terms


class _Draft:
    """A term under construction: the same words may stand under several topics and a severity."""

    def __init__(self, markers: frozenset[str] | None) -> None:
        self.topics: dict[str, float] = {}
        self.severity: int | None = None
        self.flags: set[str] = set()
        self.markers = markers

    def add(self, section: str, name: str, elements: tuple[str, ...]) -> None:
        """Note that the term stands in a list. Errors: ValueError for a section or severity that there is not."""
        if section == "severity":
            self.severity = max(SEVERITIES.index(name), -1 if self.severity is None else self.severity)
        elif section == "context":
            self.flags.add(name)
        elif section in TOPICS:
            bonus = PHRASE_BONUS if sum(e != "~" for e in elements) > 1 else 0.0
            weight = bonus + (STRONG_WEIGHT if name == "strong" else WEAK_WEIGHT)
            self.topics[section] = max(weight, self.topics.get(section, 0.0))
        else:
            raise ValueError(f"word file: unknown section [{section}]")

    def term(self, elements: tuple[str, ...]) -> Term:
        """Return the finished term."""
        return Term(
            text=" ".join(elements).replace(" ~", " …"),
            topics=tuple(self.topics.items()),
            severity=None if "neutral" in self.flags else self.severity,
            vulnerable="vulnerable" in self.flags,
            markers=self.markers,
            consumes="neutral" in self.flags or bool(self.topics) or self.severity == 0,
        )


def _element(raw: str) -> str:
    if raw == "~":
        return raw
    folded = fold(raw.rstrip("*"))
    return folded + "*" if raw.endswith("*") else stem(folded)


class _Memory(dict[str, V], Generic[V]):
    """Words already looked up. A dict with `__missing__`, so that a known word costs no call into Python."""

    def __init__(self, learn: Callable[[str], V]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, word: str) -> V:
        if len(self) >= MAX_REMEMBERED_WORDS:
            self.clear()
        value = self[word] = self._learn(word)
        return value


class Lexicon:
    """All languages' terms in one dictionary by first word."""

    def __init__(self, sources: Sequence[str]) -> None:
        self.negations: set[str] = set()
        self._singles: dict[str, Term] = {}
        self._phrases: dict[str, list[Phrase]] = {}
        self._stems: _Memory[str] = _Memory(stem)
        self._memory: _Memory[_Entry] = _Memory(self._learn)
        for source in sources:
            self._read(source)

    def _read(self, source: str) -> None:
        lists = list(_sections(source))
        markers = frozenset(m.strip() for _, name, terms in lists if name == "markers" for m in terms.split(","))
        drafts: dict[tuple[str, ...], _Draft] = {}
        for section, name, terms in lists:
            for raw in filter(None, (fold(t).strip() for t in terms.split(","))):
                if name == "negation":
                    self.negations.add(stem(raw))
                elif name != "markers":
                    elements = tuple(_element(part) for part in raw.lstrip("?").split())
                    draft = drafts.setdefault(elements, _Draft(markers if raw[0] == "?" else None))
                    draft.add(section, name, elements)
        for elements, draft in drafts.items():
            self._place(elements, draft.term(elements))

    def _place(self, elements: tuple[str, ...], term: Term) -> None:
        if len(elements) > 1:
            self._phrases.setdefault(elements[0], []).append((elements, term))
        elif term.markers is None or elements[0] not in self._singles:
            # The first language keeps a word that several share, unless a later one says more about it.
            known = self._singles.get(elements[0])
            if known is None or len(term.topics) > len(known.topics):
                self._singles[elements[0]] = term

    def _learn(self, word: str) -> _Entry:
        """Find what a word can start, by its stem and by every prefix of it, and remember that."""
        root = stem(word)
        keys = [root, *(word[:n] + "*" for n in range(len(word), MIN_PREFIX, -1))]
        single = next((self._singles[key] for key in keys if key in self._singles), None)
        phrases = [phrase for key in keys for phrase in self._phrases.get(key, ())]
        if not single and not phrases:
            return _NOTHING
        phrases.sort(key=lambda p: (-sum(e != "~" for e in p[0]), "~" in p[0]))
        following: dict[str, tuple[Phrase, ...]] = {}
        loose: list[Phrase] = []
        for phrase in phrases:
            second = phrase[0][1]
            if second == "~" or second[-1] == "*":
                loose.append(phrase)
            else:
                following[second] = (*following.get(second, ()), phrase)
        return _Entry(single, following, tuple(loose))

    def _end_of(self, elements: tuple[str, ...], words: Sequence[str], start: int) -> int:
        """Return the position after the phrase that starts there, or 0 when the words do not follow."""
        at, gap = start + 1, 0
        for element in elements[1:]:
            if element == "~":
                gap = MAX_GAP_WORDS
                continue
            for position in range(at, min(at + gap + 1, len(words))):
                word = words[position]
                if self._stems[word] == element or (element[-1] == "*" and word.startswith(element[:-1])):
                    at, gap = position + 1, 0
                    break
            else:
                return 0
        return at

    def hits(self, words: Sequence[str]) -> list[Hit]:
        """Find the terms of a text's words, the longest phrase first, in order."""
        found: list[Hit] = []
        after = 0
        # Most words start nothing: the look-up of all of them stays in C, the loop sees the few that do.
        entries = enumerate(map(self._memory.__getitem__, words))
        for position, entry in [pair for pair in entries if pair[1] is not _NOTHING]:
            if position < after:
                continue
            if entry.following or entry.loose:
                after = self._phrases_at(entry, words, position, found)
            single = entry.single
            if after <= position and single is not None and (single.markers is None or _understood(single, words)):
                found.append(Hit(single, position))
        return found

    def _phrases_at(self, entry: _Entry, words: Sequence[str], position: int, found: list[Hit]) -> int:
        """Add the phrases that start at a position; return where reading goes on.

        The longest that consumes its words wins; phrases that only tell a severity are heard beside it, unless the
        winner is one that means nothing ('injured animal').
        """
        near = entry.following.get(self._stems[words[position + 1]], ()) if position + 1 < len(words) else ()
        after = position
        for elements, term in (*near, *entry.loose):
            if after > position and term.consumes:
                continue
            end = self._end_of(elements, words, position)
            if not end or (term.markers is not None and not _understood(term, words)):
                continue
            found.append(Hit(term, position))
            after = end if term.consumes else after
            if not term.topics and term.severity is None:
                break
        return after


def _understood(term: Term, words: Sequence[str]) -> bool:
    return term.markers is None or sum(word in term.markers for word in words) >= MIN_MARKERS


@cache
def lexicon() -> Lexicon:
    """Return the lexicon of all languages, compiled once in a process (about 20 ms)."""
    folder = Path(__file__).with_name("words")
    return Lexicon([(folder / f"{language}.txt").read_text(encoding="utf-8") for language in LANGUAGES])
