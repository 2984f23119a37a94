"""What citizens wrote, made fit for everybody's eyes. Standard library only.

An issue is named by its first reporter's words, and people leave their number in them. Masking leans towards too
much: a masked house number costs little, a published telephone number cannot be called back.
"""

import re

_EMAIL = re.compile(r"[\w.+%-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{2,63})+", re.IGNORECASE)
# Seven digits and more, with what people write between them: no house number, year or sum is as long.
_NUMBER = re.compile(r"(?<![\w.])\+?\(?\d(?:[\s().\-/]{0,2}\d){6,18}(?!\w)")


def public_words(text: str) -> str:
    """Return the text with e-mail addresses and telephone numbers replaced by …"""
    return _NUMBER.sub("…", _EMAIL.sub("…", text))
