"""How citizens write: in a few words or at length, politely or not, with slips of the finger, in their own language."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.demo.city.catalogue import PhraseBook, everyone
from apps.demo.city.chance import Chance
from apps.demo.city.problems import Problem

# Shares of texts; what is left is written at length. Measured on Boston's and Newport's published reports: a median of
# 14 words, about a fifth of four words or fewer, some as "Question: answer | Question: answer".
_VAGUE, _SPANISH, _GERMAN, _FORM, _SHORT, _USUAL = 0.02, 0.03, 0.02, 0.05, 0.17, 0.46
_SLIPS_SHARE = 0.12
_CARELESS_SHARE = 0.1
_SHOUTING_SHARE = 0.015
_AGAIN_SHARE = 0.25
# Slots are filled without looking at their neighbours: "a old van", but "a one-way sign" and "a used sofa".
_A_BEFORE_VOWEL = re.compile(r"\b([Aa])(?= (?:[aei]|o(?!ne)|u(?![nst][ei])))")


class Words(dict[str, str]):
    """What the slots of a sentence stand for, looked up or drawn when a sentence asks for one."""

    def __init__(self, problem: Problem, number: int, elapsed: timedelta, chance: Chance) -> None:
        place = problem.place
        super().__init__(
            street=place.street.name,
            cross=place.cross.name,
            district=place.district,
            address=place.address,
            park=place.park,
            landmark=place.landmark,
        )
        self.problem, self.number, self.elapsed, self.chance = problem, number, elapsed, chance

    @property
    def alarming(self) -> bool:
        """Whether there is something at stake that nobody forgets to tell."""
        return self.problem.severity in ("high", "critical")

    def __missing__(self, slot: str) -> str:
        return self.say(self._choose(slot))

    def say(self, sentence: str) -> str:
        """Return the sentence with its slots filled."""
        return sentence.format_map(self) if "{" in sentence else sentence

    def _choose(self, slot: str) -> str:
        problem, book = self.problem, self.problem.service.phrases
        options: tuple[str, ...] | None = problem.facts.get(slot)
        if options is None:
            if slot == "stake":
                options = book.stakes[problem.severity]
            elif slot == "since":
                options = everyone()[self._since()]
            elif slot == "where" and problem.place.house is None:
                options = everyone()["corner"]
            else:
                options = book.own.get(slot) or everyone()[slot]
        return self.chance.pick(options)

    def _since(self) -> str:
        hours = self.elapsed.total_seconds() / 3600
        if hours < 2:
            return "since_minutes" if self.problem.service.quick else "since_hours"
        return "since_hours" if hours < 20 else "since_days" if hours < 160 else "since_weeks"


@dataclass(frozen=True, slots=True)
class Letter:
    """A citizen's text, and whether it says what the problem is."""

    text: str
    vague: bool


def write_letter(*, problem: Problem, number: int, received_at: datetime, local_hour: int, chance: Chance) -> Letter:
    """Return what the citizen with a number (0: the first) writes about a problem."""
    words = Words(problem, number, received_at - problem.opened_at, chance)
    book = problem.service.phrases
    style = chance.share()
    for share, write in ((_VAGUE, _vague), (_SPANISH, _spanish), (_GERMAN, _german), (_FORM, _form), (_SHORT, _short)):
        if style < share:
            return Letter(_as_typed(write(words, book), chance), vague=write is _vague)
        style -= share
    if style < _USUAL:
        return Letter(_as_typed(_usual(words, book), chance), vague=False)
    return Letter(_as_typed(_long(words, book, local_hour), chance), vague=False)


def _sentence(words: Words, template: str) -> str:
    text = words.say(template)
    return text[:1].upper() + text[1:]


def _vague(words: Words, book: PhraseBook) -> str:
    return words["vague"]


def _spanish(words: Words, book: PhraseBook) -> str:
    return words.say(words.chance.pick(book.spanish))


def _german(words: Words, book: PhraseBook) -> str:
    return words.say(words.chance.pick(book.german))


def _form(words: Words, book: PhraseBook) -> str:
    return words["form"]


def _short(words: Words, book: PhraseBook) -> str:
    text = words.say(book.short[(words.problem.number + words.number) % len(book.short)])
    return f"{text}. {words['stake']}" if words.alarming and words.chance.happens(0.5) else text


def _opening(words: Words, book: PhraseBook) -> str:
    # The next citizen begins with the next sentence of the book: two in a row never begin alike.
    return _sentence(words, book.opening[(words.problem.number + words.number) % len(book.opening)])


def _usual(words: Words, book: PhraseBook) -> str:
    chance = words.chance
    parts = [_opening(words, book)]
    if chance.happens(0.35):
        parts.append(words["detail"])
    if chance.happens(0.9 if words.alarming else 0.5):
        parts.append(words["stake"])
    if chance.happens(0.12):
        parts.append(words["bye"])
    return " ".join(parts)


def _long(words: Words, book: PhraseBook, local_hour: int) -> str:
    chance = words.chance
    hello = "hello_any"
    if 5 <= local_hour < 11 and chance.happens(0.5):
        hello = "hello_morning"
    elif local_hour >= 18 and chance.happens(0.5):
        hello = "hello_evening"
    first, *others = chance.shuffled(book.detail)
    parts = [words[hello]] if chance.happens(0.6) else []
    parts += [_opening(words, book), words["here"], words.say(first), words["stake"]]
    if words.number and chance.happens(_AGAIN_SHARE):
        parts.append(words["again"])
    if chance.happens(0.4):
        parts.append(words.say(others[0]))
    if chance.happens(0.6):
        parts.append(words["bye"])
    return " ".join(parts)


def _as_typed(text: str, chance: Chance) -> str:
    text = _A_BEFORE_VOWEL.sub(r"\1n", text)
    if chance.happens(_SLIPS_SHARE):
        for _ in range(1 + len(text) // 70):
            text = _slip(text, chance)
    manner = chance.share()
    if manner < _SHOUTING_SHARE:
        return text.upper()
    if manner < _SHOUTING_SHARE + _CARELESS_SHARE:
        return text.lower().rstrip(".").replace("'", "")
    return text


def _slip(text: str, chance: Chance) -> str:
    """Return the text with one letter lost, doubled or swapped with the next; digits stay, since they are addresses."""
    at = chance.below(max(len(text) - 1, 1))
    pair = text[at : at + 2]
    if not pair.isalpha():
        return text
    instead = (pair[0], pair[0] + pair, pair[1] + pair[0])[chance.below(3)]
    return text[:at] + instead + text[at + 2 :]
