"""The code on the paper that stays with a person: 60 random bits, no name, and nothing to look up
but what the person gave it to. Whoever has it may take everything back."""

from __future__ import annotations

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32: no I, L, O, U, which are misread or make words."""
CHARACTERS = 12
"""Of 5 bits each."""
LONGEST = 64
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


def spelled(number: int) -> str:
    """60 bits as people read them: ABCD-EFGH-JKMN."""
    code = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(CHARACTERS)))
    return "-".join(code[at : at + 4] for at in range(0, CHARACTERS, 4))


def plain(code: str) -> str:
    """As it is compared: no blanks, no hyphens, one case, what is misread made one, Khmer digits
    as others. "" for what cannot be a code."""
    text = unicodedata.normalize("NFKC", code[:LONGEST])
    digits = (str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    return "".join(c for c in digits if c.isalnum()).upper().translate(_MISREAD)


def is_strong(code: str) -> bool:
    """Long enough that nobody comes upon it by trying. Weaker ones, from papers that were not
    printed here, are not enough by themselves."""
    return len(plain(code)) >= CHARACTERS
