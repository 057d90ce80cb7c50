"""Khmer letters in one order and one spelling, however they were typed.

Sources: The Unicode Standard, core specification, 16.4 Khmer (order of a syllable, deprecated
characters); Unicode Technical Note 61, Khmer Encoding Structure (what looks the same).
"""

from __future__ import annotations

import re
from functools import lru_cache

COENG = "\u17d2"
MUUSIKATOAN, TRIISAP = "\u17c9", "\u17ca"
ROBAT, TOANDAKHIAT, BANTOC, SAMYOK = "\u17cc", "\u17cd", "\u17cb", "\u17d0"
NIKAHIT = "\u17c6"

LETTERS = "\u1780-\u17a2"
MARKS = "\u17b6-\u17d1\u17d3\u17dd"

_DEPRECATED = {
    0x17A3: "អ",
    0x17A4: "អា",
    0x17B4: None,
    0x17B5: None,
    0x17D3: None,
    0x17DD: None,
    0x17D8: None,
}
"""Unicode 16.4: use of these is discouraged, or they are not seen."""

_INDEPENDENT = {
    "ឥ": "អិ", "ឦ": "អី", "ឧ": "អុ", "ឨ": "អុក", "ឩ": "អូ", "ឪ": "អូវ", "ឫ": "រឹ", "ឬ": "រឺ",
    "ឭ": "លឹ", "ឮ": "លឺ", "ឯ": "អែ", "ឰ": "អៃ", "ឱ": "អោ", "ឲ": "អោ", "ឳ": "អៅ",
}  # fmt: skip
"""Independent vowels as casual spelling writes them: ឥ or អិ, ឯក or អែក."""

_SYLLABLE = re.compile(f"[{LETTERS}](?:{COENG}[{LETTERS}]|[{MARKS}])+")
_PART = re.compile(f"{COENG}[{LETTERS}]|[{MARKS}]")
_SPLIT_VOWELS = (
    (re.compile("\u17c1([\u17bb-\u17bd]?)[\u17b7-\u17ba]"), "\u17be\\1"),
    (re.compile("\u17c1([\u17bb-\u17bd]?)\u17b6"), "\u17c4\\1"),
)
"""េ and ី typed one after the other look as ើ does, េ and ា as ោ. UTN 61."""
_FIRST_SERIES = frozenset("កខគឃចឆជឈដឋឌឍតថទធផពភឞសហអ")
"""Letters whose shifter is ៊ where a vowel above pushes it down to the shape of ុ. UTN 61."""
_SHIFTER_AS_U = re.compile("\u17bb(?=[\u17b7-\u17ba\u17be\u17d0]|\u17b6\u17c6)")
_RANK = {ROBAT: 0, MUUSIKATOAN: 3, TRIISAP: 3, "\u17b6": 7, NIKAHIT: 8, "\u17c7": 9, "\u17c8": 9}
_LEFT_OUT = [ROBAT, BANTOC, SAMYOK, TOANDAKHIAT, MUUSIKATOAN, TRIISAP, COENG]
_CASUAL = str.maketrans(dict.fromkeys(_LEFT_OUT) | {"ណ": "ន", "ឡ": "ល"})
_SHIFTED = str.maketrans("គជឈទធពភឃឌ", "កចឆតថបផខដ")
"""Letters of one key of the NiDA keyboard, with shift and without."""


@lru_cache(maxsize=1 << 16)
def in_order(text: str) -> str:
    """Each syllable as letter, subscripts (រ last), shifter, vowels, signs; what looks the same is
    the same. The spelling itself stays."""
    text = text.translate(_DEPRECATED)
    text = re.sub(f"({COENG})ដ", "\\1ត", text)  # ្ដ and ្ត have one shape
    before = ""
    while before != text:  # joining two vowels may give another pair
        before, text = text, _SYLLABLE.sub(_syllable_in_order, text)
    return text


@lru_cache(maxsize=1 << 16)
def spelled_plainly(text: str) -> str:
    """In order, with independent vowels as អ and a vowel."""
    return in_order("".join(_INDEPENDENT.get(letter, letter) for letter in in_order(text)))


def casually(text: str) -> str:
    """Without the signs that many leave out (៌ ៍ ់ ័ ៉ ៊, the one that puts a letter below another)
    and with ន for ណ, ល for ឡ, which sound the same."""
    return text.translate(_CASUAL)


def keys_pressed(text: str) -> str:
    """The same for letters of one key, with shift or without."""
    return text.translate(_SHIFTED)


def _syllable_in_order(match: re.Match[str]) -> str:
    letter, rest = match.group()[0], match.group()[1:]
    parts = list(dict.fromkeys(_PART.findall(rest)))  # twice the same mark is one slip of a finger
    rest = "".join(sorted(parts, key=_rank))
    for split, whole in _SPLIT_VOWELS:
        rest = split.sub(whole, rest)
    if not (MUUSIKATOAN in rest or TRIISAP in rest):
        shifter = TRIISAP if _is_strong(letter, rest) else MUUSIKATOAN
        rest = _SHIFTER_AS_U.sub(shifter, rest)
    return letter + rest


def _is_strong(letter: str, rest: str) -> bool:
    return bool(_FIRST_SERIES & {letter, *rest})


def _rank(part: str) -> int:
    """The place of a subscript, vowel or sign within its syllable."""
    if part[0] == COENG:
        return 2 if part[1] == "រ" else 1
    if part in _RANK:
        return _RANK[part]
    if "\u17be" <= part <= "\u17c5":
        return 4
    if "\u17bb" <= part <= "\u17bd":
        return 5
    return 6 if "\u17b7" <= part <= "\u17ba" else 8
