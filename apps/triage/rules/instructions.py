"""Recognise texts that address the classifier instead of the city.

A batch shares one call, so an obeyed instruction could touch its neighbours. A text that matches travels alone: what
it does, it does to itself. Missing one is not fatal (answers are checked, item ids cannot be guessed), and a false
alarm costs one call, so the patterns lean towards suspicion.
"""

import re
from typing import Final

from .lexicon import fold

_PATTERNS: Final = (
    r"\b(ignore|disregard|forget|override|bypass)\b.{0,40}\b(instruction|prompt|previous|above|prior|rule|report|other|everything)",
    r"\b(ignorier\w*|vergiss|missachte)\b.{0,40}\b(anweisung|vorherig|obige|regel|meldung)",
    r"\b(ignora|olvida|omite)\b.{0,40}\b(instruccion|anterior|regla|informe|reporte)",
    r"\bsystem prompt\b|\bas an ai\b|\blanguage model\b|\bclassifier\b|\bchatgpt\b",
    r"\byou are (now|an ai|a helpful|the classifier)\b",
    r"\b(classify|label|categori[sz]e|mark|rate|treat|set|report)\b.{0,30}\b(all|every|each|other|following|these|rest)\b.{0,40}\b(as|to)\b",
    r"\b(all|every|each|other|remaining)\b.{0,20}\b(reports?|items?|entries|meldungen|reportes)\b.{0,30}\b(as|to|are|must|should)\b",
    r"\b(category|severity|confidence|kategorie|severidad)\b\s*(=|:|to|is|as|must)",
    r"\b(respond|reply|answer|output|return|print)\b.{0,20}\b(with|only|json|in)\b.{0,30}\b(json|format|critical|exactly|following)\b",
    r"^\s*(system|assistant|user|developer)\s*:|<\|.{0,20}\|>|\[/?inst\]|```|</?(system|instructions?|reports?)>|begin_|end_",
    r"[{\[]\s*\"?(id|items|category|severity)\"?\s*:",
    r"[a-z0-9+/=]{80,}",
)
_SUSPICIOUS: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.MULTILINE | re.DOTALL)


def looks_like_instructions(text: str) -> bool:
    """Whether a text speaks to the classifier. Only the first 4,000 characters are read, as everywhere in triage."""
    return _SUSPICIOUS.search(fold(text)) is not None
