"""The alphabet in which Khmer and Latin spellings of a name are compared, and what sounds near.

A capital is a consonant; letters that Cambodians write for one another when they use Latin ones
share it. Aspiration is not written: Channareth and Chanaret, Phally and Pally.

    K ក ខ គ ឃ      C ច ឆ ជ ឈ      T ត ថ ទ ធ ឋ ឍ    D ដ ឌ      B ប      P ផ ព ភ ប៉, f
    G ង (ng)       Ñ ញ (nh, gn)   N ណ ន            M ម        Y យ      R រ
    L ល ឡ          V វ (v, w)     S ស              H ហ

A small letter is a vowel, or a digit where Khmer writes one sign and Latin spellings are divided:

    a  a          x  ea, ia, ie      i  i, y       j  ei, ey, ai, ay     e  e, ae
    o  o, or      u  u, ou, oo       q  uo, ua     z  eu, oe, oeu        w  ao, au, ov
    3  ឹ: Kim or Koem     4  ិ: Piseth or Pisith     5  ុ: Sok or Suk     1  ិ that is mostly silent
    .  the vowel that is not written: Phally, Sovann, Ponlok

A small consonant (k, t, r …) is written but seldom heard: ចន្ទ is Chan, Chant or Chanth.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, pairwise

from rapidfuzz.distance import Levenshtein

VOWELS = "axijeouqzw345"
UNWRITTEN, SILENT_I = ".", "1"
CONSONANTS = "KCTDBPGÑNMYRLVSH"
SELDOM = CONSONANTS.lower()

_DOUBLED = re.compile(rf"([{CONSONANTS}])[{SELDOM}]+\{UNWRITTEN}?\1")
"""One consonant, with what is seldom heard in between: ច័ន្ទណា is Channa."""

_DROPPED = {UNWRITTEN: 0.1, SILENT_I: 0.1, "H": 0.5, "Y": 0.7}
_DROPPED |= dict.fromkeys(VOWELS, 0.7) | dict.fromkeys(SELDOM, 0.08)
OTHERWISE = 1.0

_NEAR = (
    # consonants: voice is lost at the end of a syllable; ញ and ង are both written n, ng or nh there
    (0.25, "TD", "BP"), (0.4, "ÑN", "ÑG"), (0.6, "GN"),
    # Khmer signs and what Latin spellings make of them
    (0.0, "4i", "5o", "5u", "3z", "1i"), (0.05, "4e"), (0.1, "3i", "4j", "1j"),
    (0.25, "3e", "43", "14"), (0.3, "5z", "5q"), (0.05, ".a", ".o"),
    (0.25, ".w", ".x", ".u", ".5"), (0.5, ".z", ".e", ".q", ".3", ".i", ".4", ".j"),
    # vowels that people hear as one another
    (0.2, "ij", "ou", "ow", "uq"), (0.3, "xe", "ie", "je", "oq"), (0.35, "ez", "iz", "oz", "uz"),
    (0.45, "ax", "aj", "aw", "aq", "xq", "uw"), (0.5, "ao"),
)  # fmt: skip

NEAR = {
    frozenset(pair): cost for cost, *pairs in _NEAR for pair in pairs if isinstance(cost, float)
}
"""How different two sounds are, 0 to 1. What is not here is a different sound: 1."""


def cost_of(one: str, other: str) -> float:
    """Of hearing one sound as another."""
    if one == other or (one.upper() == other.upper() and one.upper() in CONSONANTS):
        return 0.0
    if one.upper() in CONSONANTS and other.upper() in CONSONANTS:
        one, other = one.upper(), other.upper()
    elif (one in CONSONANTS) != (other in CONSONANTS):
        return 2.0  # a vowel is no consonant: one goes, the other comes
    return NEAR.get(frozenset((one, other)), OTHERWISE)


_ALL = VOWELS + UNWRITTEN + SILENT_I + CONSONANTS + SELDOM
COSTS = {one: {other: cost_of(one, other) for other in _ALL} for one in _ALL}


def _at_least(one: str, other: str) -> int:
    """Of their distance, at a tenth of its price: consonants that never stand for one another cost
    1 each (`OTHERWISE`), but for those that one of the few that are seldom heard may be."""
    (bones, seldom), (others, others_seldom) = _bones(one), _bones(other)
    return 0 if bones == others else Levenshtein.distance(bones, others) - seldom - others_seldom


_NEVER_ALIKE = str.maketrans(
    {"D": "T", "B": "P", "Ñ": "N", "G": "N"}
    | dict.fromkeys(VOWELS + UNWRITTEN + SILENT_I + SELDOM + "HY")
)
"""Of all sounds, what costs `OTHERWISE` to leave out or to change."""


@lru_cache(maxsize=1 << 16)
def _bones(sounds: str) -> tuple[str, int]:
    return sounds.translate(_NEVER_ALIKE), sum(sound in SELDOM for sound in sounds)


@lru_cache(maxsize=1 << 16)
def distance(one: str, other: str, most: float) -> float:
    """What it costs to turn one row of sounds into another, and infinity where that is more than
    `most`: a weighted edit distance (the weights differ by sound, which libraries for edit
    distances do not offer). Most names are soon found to be others, and left."""
    if _at_least(one, other) > most:
        return math.inf
    dropped = [_DROPPED.get(sound, OTHERWISE) for sound in other]
    above = list(accumulate(dropped, initial=0.0))
    for sound in one:
        gone, costs = _DROPPED.get(sound, OTHERWISE), COSTS[sound]
        left = above[0] + gone
        row = [left]
        for corner, up, against, went in zip(above, above[1:], other, dropped, strict=False):
            left = min(corner + costs[against], up + gone, left + went)
            row.append(left)
        if min(row) > most:
            return math.inf
        above = row
    return above[-1] if above[-1] <= most else math.inf


def joined(parts: Iterable[str]) -> str:
    """Sounds of words written together; a doubled consonant is one: Chan Nareth, Chanareth."""
    found = ""
    for sound in "".join(parts):
        if not (found and found[-1].upper() == sound.upper() and sound.upper() in CONSONANTS):
            found += sound
    return _DOUBLED.sub(r"\1", found)


@lru_cache(maxsize=1 << 16)
def heard(sounds: str) -> str:
    """Those that are surely there."""
    return "".join(s for s in sounds if s in CONSONANTS or s in VOWELS)


@lru_cache(maxsize=1 << 16)
def syllables(sounds: str) -> tuple[str, ...]:
    """Cut before each consonant that a vowel follows, the first one apart."""
    cuts = [
        at
        for at in range(1, len(sounds) - 1)
        if sounds[at] in CONSONANTS
        and sounds[at + 1] in VOWELS + UNWRITTEN
        and any(s in VOWELS + UNWRITTEN for s in sounds[:at])
    ]
    edges = [0, *cuts, len(sounds)]
    return tuple(sounds[a:b] for a, b in pairwise(edges))
