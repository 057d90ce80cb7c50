"""Latin spellings of Khmer names, as people and registrars write them, to sounds.

There is no one system: Cambodians write their names by ear, partly after French (ou, gn), partly
after English. The table has what the Geographic Department's system (1995, UN group of experts on
geographical names) writes, and what is seen beside it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from service.persons import sounds

_VOWEL = "aeiouy"
_SPELLED = (
    # vowels, the longest first; `(?![…])` where a v, w or y begins the next syllable instead
    (r"oeuy|oey", "zY"), (r"oeu|ueu|aeu|eou|eu|oe", "z"),
    (rf"eo[vw]?(?![{_VOWEL}])|eo", "eV"), (rf"ie[uvw](?![{_VOWEL}])", "xV"),
    (r"eay", "xY"), (rf"ear(?![{_VOWEL}])|ea|ia|ie|io", "x"),
    (rf"aey|eiy|(?:ay|ey|ai|ei)(?![{_VOWEL}])|ei|ai", "j"),
    (rf"(?:ov|av|aw|ow|ao|au)(?![{_VOWEL}])|ao|au", "w"), (rf"oi|oy(?![{_VOWEL}])", "oY"),
    (rf"ui|uy(?![{_VOWEL}])", "uY"), (rf"our(?![{_VOWEL}])|uo|ua|ue", "q"),
    (r"ou|oo|uu", "u"), (r"oa", "x"), (r"ae", "e"), (r"ee|ii|iy", "i"), (r"aa|a", "a"),
    (r"e", "e"), (r"i", "i"), (r"o", "o"), (r"u", "u"),
    (rf"y(?=[{_VOWEL}])", "Y"), (r"y", "i"),
    # consonants
    (r"tch|ch+|j|c(?=[eiy])", "C"), (r"ng+", "G"), (r"nh|gn|ny(?=[aeiou])", "Ñ"),
    (r"kh|gh|k|g|q|ck|c", "K"), (r"x", "S"), (r"th|t", "T"), (r"dh|d", "D"), (r"ph|f|p", "P"),
    (r"bh|b", "B"), (r"sh|s|z", "S"), (r"m", "M"), (r"n", "N"), (r"l", "L"),
    (rf"r+(?=[{_VOWEL}])", "R"), (r"r+", "r"), (r"v|w", "V"),
    (rf"(?<![a-z])h|h(?=[{_VOWEL}])", "H"), (r"h", "h"),
)  # fmt: skip
"""Letters to sounds. A final r only lengthens the vowel (Sophorn, Bunthoeurn)."""

_NEXT = re.compile("|".join(f"(?P<r{at}>{letters})" for at, (letters, _) in enumerate(_SPELLED)))
_FINAL = (("D", "T"), ("B", "P"))


@lru_cache(maxsize=1 << 16)
def heard(word: str) -> str:
    """Sounds of one word of small Latin letters; "" for none."""
    found = [_SPELLED[int((m.lastgroup or "r0")[1:])][1] for m in _NEXT.finditer(word)]
    whole = sounds.joined(found)
    for voiced, plain in _FINAL:
        whole = re.sub(f"{voiced}$", plain, whole)
    return whole
