"""Take personal data out of a text before it leaves for a provider.

What is masked: e-mail addresses, telephone and other long numbers, names that the writer introduces as names, and
licence plates. Places stay: without them a report means less, and they are public. Masking leans towards too much:
a masked word costs little, a leaked one cannot be called back.
"""

import re
import unicodedata
from typing import Final

MAX_CHARACTERS: Final = 4_000  # GeoReport v2's longest description

_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_I: Final = re.IGNORECASE
_CAPITAL: Final = "(?-i:[A-ZÀ-Þ])"
_NAME: Final = rf"[^\W\d_][\w'’.-]*(?:[ \t]+{_CAPITAL}[\w'’.-]*){{0,3}}"
_NAMING: Final = (
    r"my name is|my name's|name ist|ich hei(?:ß|ss)e|mi nombre es|me llamo|sincerely,?|regards,?|signed,?|yours,?"
)
_TITLE: Final = r"(?-i:Mr|Mrs|Ms|Miss|Dr|Herr|Frau|Señora?|Sra?)\.?"
_PLATE_WORD: Final = r"(?:licen[cs]e\s*)?plates?|registration|reg|kennzeichen|matr[ií]cula|placas?"
_PLATE_LINK: Final = r"(?:\s+(?:is|number|no|nr|state|of|ist|es))*\s*[#:.]?\s*"
_PLATE: Final = r"(?=[A-Z0-9 -]{0,14}\d)[A-Z0-9]{1,4}(?:[ -]?[A-Z0-9]{1,4}){0,2}"
_RULES: Final = (
    (
        re.compile(r"[\w.+%-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\s?(?:\.|\(dot\))\s?[\w-]{2,63})+", _I),
        "[e-mail]",
    ),
    (re.compile(rf"\b({_NAMING})\s+{_NAME}", _I), r"\1 [name]"),
    (re.compile(rf"\b({_TITLE})\s+{_CAPITAL}{_NAME}", _I), r"\1 [name]"),
    (re.compile(rf"\b({_PLATE_WORD})({_PLATE_LINK}){_PLATE}\b", _I), r"\1\2[plate]"),
    # A German plate, and what looks like an American one: five to eight capitals and digits, two of each at least.
    (re.compile(r"\b[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ -]?\d{1,4}[EH]?\b"), "[plate]"),
    (re.compile(r"\b(?=[A-Z0-9]{5,8}\b)(?=(?:\d*[A-Z]){2})(?=(?:[A-Z]*\d){2})[A-Z0-9]+\b"), "[plate]"),
    (re.compile(r"(?<![\w.])\+?\(?\d(?:[\s().\-/]{0,2}\d){6,18}(?!\w)"), "[number]"),
)


def mask_personal_data(text: str) -> str:
    """Return the text with personal data replaced by bracketed words, cut to 4,000 characters.

    Letters are composed and invisible characters dropped first, so that they hide nothing.
    """
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[: MAX_CHARACTERS * 2]))[:MAX_CHARACTERS]
    for pattern, mask in _RULES:
        visible = pattern.sub(mask, visible)
    return visible
