"""Close-up: words to category, severity and the words that decided."""

import re
import time
from pathlib import Path

import pytest

from apps.issues.models import Category, Severity
from apps.triage.rules import CATEGORIES, SEVERITIES, TOPICS, ServiceHint, classify
from apps.triage.rules.lexicon import LANGUAGES, Lexicon, lexicon, words_of


def test_labels_are_those_of_the_domain():
    assert list(CATEGORIES) == Category.values
    assert list(SEVERITIES) == Severity.values


@pytest.mark.parametrize(
    ("text", "category", "severity"),
    [
        ("Huge pothole on Elm Street", "infrastructure", "medium"),
        ("Trash was not picked up today", "sanitation", "medium"),
        ("Strong smell of gas outside the school", "safety", "critical"),
        ("There is a gas leak", "safety", "critical"),
        ("Live wire down on the sidewalk", "safety", "critical"),
        ("Sinkhole opening in the middle of the road", "infrastructure", "critical"),
        ("Sidewalk is broken, a woman was injured", "infrastructure", "critical"),
        ("Loud music every night", "noise", "low"),
        ("Sidewalk not shoveled", "safety", "medium"),
        ("Graffiti on the wall", "maintenance", "low"),
        ("Used needles behind the library", "safety", "high"),
        ("Thank you for your work!", "other", "low"),
        ("Fuge ins Blaue", "other", "medium"),
        ("Großes Schlagloch in der Straße", "infrastructure", "medium"),
        ("Es riecht nach Gas vor dem Haus", "safety", "critical"),
        ("Sperrmüll nicht abgeholt", "sanitation", "medium"),
        ("Straßenlaterne ist seit Tagen kaputt", "infrastructure", "medium"),
        ("Hay un bache muy grande en la calle", "infrastructure", "medium"),
        ("Huele a gas en la escuela", "safety", "critical"),
        ("Cables caídos en la acera, peligro", "safety", "critical"),
        ("Basura tirada en la esquina", "sanitation", "low"),
    ],
)
def test_a_text_gets_its_category_and_severity(text: str, category: str, severity: str):
    verdict = classify(text)
    assert (verdict.category, verdict.severity) == (category, severity), verdict


@pytest.mark.parametrize(
    ("text", "at_most"),
    [
        ("Car parked at a fire hydrant", "low"),
        ("Truck in the fire lane", "low"),
        ("Pothole near the gas station", "medium"),
        ("Pothole, no one was injured", "medium"),
        ("Broken bench, not dangerous", "low"),
        ("Injured bird in the park", "medium"),
        ("Street name sign faded, not urgent", "low"),
        ("Ich sah niemanden verletzt, nur ein Schlagloch", "medium"),
        ("Brand new bench in the park", "low"),
    ],
)
def test_words_of_danger_that_mean_none_do_not_raise(text: str, at_most: str):
    assert SEVERITIES.index(classify(text).severity) <= SEVERITIES.index(at_most), classify(text)


def test_not_only_dangerous_is_dangerous():
    assert classify("This pothole is not only dangerous, it is huge").severity == "high"


def test_people_at_risk_raise_a_step():
    assert classify("Loose railing, children climb on it").severity == "medium"
    assert classify("Loose railing").severity == "low"


def test_the_verdict_names_the_words_that_decided():
    verdict = classify("Smell of gas near the playground")
    assert "smell … gas" in verdict.terms
    assert verdict.topic == "gas"


def test_more_evidence_is_more_confidence():
    nothing, little, much = (classify(t).confidence for t in ("Hello", "hole", "Pothole in the asphalt of the roadway"))
    assert nothing < little < much <= 1.0
    assert classify("").category == "other"


def test_a_known_service_decides_where_the_text_says_little_and_yields_to_strong_words():
    noise = ServiceHint(id=1, code="n", name="Noise", category="noise", severity="high")
    assert classify("please help", noise).category == "noise"
    assert classify("please help", noise).severity == "high"
    assert classify("Overflowing dumpster, trash and garbage everywhere, rats", noise).category == "sanitation"


def test_a_service_that_nobody_sorted_says_nothing_by_its_category():
    unsorted = ServiceHint(id=1, code="p", name="Illegal Parking", category="other", severity="medium")
    assert classify("look at the picture", unsorted).category == "safety"


def test_every_word_file_is_understood_and_every_topic_has_words_in_every_language():
    folder = Path(__file__).parents[2] / "apps" / "triage" / "rules" / "words"
    for language in LANGUAGES:
        sections = re.findall(r"^\[(\w+)\]", (folder / f"{language}.txt").read_text(), re.MULTILINE)
        assert len(sections) == len(set(sections))
        assert set(sections) - {"severity", "context"} <= set(TOPICS)
        assert {"gas", "fire", "wires", "pothole", "litter", "noise", "tree"} <= set(sections)


def test_a_broken_word_file_names_its_line():
    with pytest.raises(ValueError, match="line 2"):
        Lexicon(["[pothole]\nwhat is this\n"])
    with pytest.raises(ValueError, match="unknown section"):
        Lexicon(["[nonsense]\nstrong: word\n"])


def test_garbage_words_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("apps.triage.rules.lexicon.MAX_REMEMBERED_WORDS", 100)
    lex = Lexicon(["[pothole]\nstrong: pothole\n"])
    for number in range(500):
        lex.hits([f"word{number}", "pothole"])
    assert len(lex._memory) <= 100
    assert lex.hits(["pothole"])[0].term.text == "pothole"


def test_a_megabyte_costs_no_more_than_four_thousand_characters():
    assert len(words_of("ab " * 400_000)) <= 1_334
    classify("warm up")
    started = time.perf_counter()
    classify("smell of gas and " * 60_000)
    assert time.perf_counter() - started < 0.5


def test_the_lexicon_is_compiled_once():
    assert lexicon() is lexicon()
