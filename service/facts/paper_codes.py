"""The code on the paper that stays with a person: no name, and nothing to look up but what the
person gave it to. Whoever has it may read what was told, and take everything back.

Papers printed today bear 16 digits, which every keyboard has and people can say over a telephone:
14 by chance and two to check them (ISO 7064, MOD 97-10, as on bank accounts), by which each
mistyped digit and each two that changed places are known. Those of before bear twelve signs of 60
bits, and stay good.
"""

from __future__ import annotations

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32: no I, L, O, U, which are misread or make words."""
CHARACTERS = 12
"""Of 5 bits each."""
DIGITS = 16
BY_CHANCE = 10**14
"""So many codes of digits there are."""
LONGEST = 64
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


def spelled(number: int) -> str:
    """60 bits as people read them: ABCD-EFGH-JKMN."""
    code = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(CHARACTERS)))
    return "-".join(code[at : at + 4] for at in range(0, CHARACTERS, 4))


def digits(number: int) -> str:
    """A number below BY_CHANCE as a paper bears it: 1234-5678-9012-3456."""
    code = f"{number:014}{98 - number * 100 % 97:02}"
    return "-".join(code[at : at + 4] for at in range(0, DIGITS, 4))


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


def is_digits(code: str) -> bool:
    """Fewer codes than of letters: who tries many, tries these."""
    found = plain(code)
    return len(found) == DIGITS and found.isdecimal()


def is_mistyped(code: str) -> bool:
    """Digits that no paper of today bears: one is wrong, missing, or too many. (A code of twelve
    signs may by chance be all digits.)"""
    found = plain(code)
    if len(found) <= CHARACTERS or not found.isdecimal():
        return False
    return len(found) != DIGITS or int(found) % 97 != 1
