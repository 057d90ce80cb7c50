"""Khmer spellings of names to sounds.

A consonant has one of two series, and a vowel sign sounds by the series of its consonant: ា is a
in ខា and ea in ធា. Sources: The Unicode Standard, core specification, 16.4; for what each sign
sounds like, the Geographic Department's system of 1995 (UN group of experts on geographical names).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from service.persons import khmer, sounds

_SAME = {
    "K": "កខគឃ", "C": "ចឆជឈ", "T": "តថទធឋឍ", "D": "ដឌ", "B": "ប", "P": "ផពភ", "G": "ង", "Ñ": "ញ",
    "N": "ណន", "M": "ម", "Y": "យ", "R": "រ", "L": "លឡ", "V": "វ", "S": "សឝឞ", "H": "ហ", "": "អ",
}  # fmt: skip
_CONSONANT = {letter: sound for sound, letters in _SAME.items() for letter in letters}
_FIRST = frozenset("កខចឆដឋណតថបផសហឡអ")
"""The a-series; all others are of the o-series."""
_YIELDING = frozenset("ងញនមយរលវ")
"""Take the series of the consonant beside them."""
_VOWEL = {  # sign: (in the a-series, in the o-series)
    "": (".", "."), "ា": ("a", "x"), "ិ": ("4", "4"), "ី": ("j", "i"), "ឹ": ("3", "3"),
    "ឺ": ("z", "z"), "ុ": ("5", "5"), "ូ": ("o", "u"), "ួ": ("q", "q"), "ើ": ("z", "z"),
    "ឿ": ("z", "z"), "ៀ": ("x", "x"), "េ": ("e", "e"), "ែ": ("e", "e"), "ៃ": ("j", "j"),
    "ោ": ("o", "o"), "ៅ": ("w", "w"), "័": ("a", "x"),
}  # fmt: skip
_READ_OTHERWISE = {"រស្មី": "R.kSMj"}
"""Words that are not read as they are written, where names have them: Raksmey, Reaksmey."""
_SIGN = re.compile("[\u17b6-\u17c5\u17d0]")
_CLUSTER = re.compile("([\u1780-\u17a2])((?:\u17d2[\u1780-\u17a2])*)([\u17b6-\u17d1]*)")
_SIGNS_THAT_SOUND = (khmer.NIKAHIT, "ះ", "ៈ")
_SHORT = ("ិ", "ុ")


@dataclass(frozen=True, kw_only=True)
class _Cluster:
    """A letter, its subscripts, and the marks on them."""

    letters: str
    marks: str

    @property
    def vowel(self) -> str:
        found = _SIGN.search(self.marks)
        return found.group() if found else ""

    def is_first_series(self, before: bool | None) -> bool:
        """`before`: of a syllable without written vowel just before this one, which goes on over a
        yielding consonant: រា is ra in មករា, rea by itself."""
        if khmer.MUUSIKATOAN in self.marks:
            return True
        if khmer.TRIISAP in self.marks:
            return False
        strong = [letter for letter in self.letters if letter not in _YIELDING]
        if not strong and before is not None and not self.is_bare:
            return before
        return (strong[-1] if strong else self.letters[0]) in _FIRST

    @property
    def consonants(self) -> str:
        letters = self.letters
        if letters.startswith("ហ") and len(letters) > 1:  # ហ្វ is f, ហ្ម m, ហ្គ g
            letters = letters[1:].replace("វ", "ផ")
        found = [_CONSONANT.get(letter, "") for letter in letters.replace("ដឋ", "ឋ")]
        if found[0] == "B" and (khmer.MUUSIKATOAN in self.marks or len(found) > 1):
            found[0] = "P"  # ប៉, ប្រ
        return "".join(found)

    @property
    def is_bare(self) -> bool:
        """Without a vowel that is written."""
        return not self.vowel and not any(sign in self.marks for sign in _SIGNS_THAT_SOUND)


@lru_cache(maxsize=1 << 16)
def heard(word: str) -> str:
    """Sounds of one word of Khmer letters, spelled plainly; "" for none."""
    if word in _READ_OTHERWISE:
        return _READ_OTHERWISE[word]
    clusters = [
        _Cluster(letters=m[1] + m[2].replace(khmer.COENG, ""), marks=m[3])
        for m in _CLUSTER.finditer(word)
    ]
    found, series = [], None
    for at, here in enumerate(clusters):
        first = here.is_first_series(series)
        ends = at > 0 and not clusters[at - 1].is_bare  # a syllable that has its vowel
        found.append(_sounds(here, first, ends=ends, is_last=at > 0 and here is clusters[-1]))
        series = (first if series is None else series or first) if here.is_bare else None
    return _glides(sounds.joined(found))


def _sounds(here: _Cluster, first_series: bool, *, ends: bool, is_last: bool) -> str:
    """Of one cluster, by where it stands."""
    if khmer.TOANDAKHIAT in here.marks:
        return here.consonants.lower()
    if is_last and (here.is_bare or here.marks in _SHORT):
        end = _final(here.consonants)
        return end + (sounds.SILENT_I if here.marks == "ិ" else "")
    if here.is_bare and khmer.BANTOC in here.marks:
        return _final(here.consonants)
    if here.is_bare and ends and len(here.letters) > 1:  # ច័ន្ទណារី
        return _final(here.consonants) + sounds.UNWRITTEN
    return here.consonants + _vowel(here, first_series)


def _final(consonants: str) -> str:
    """At the end of a syllable: voiceless, a final រ unheard, a subscript seldom heard."""
    first = consonants[:1].replace("D", "T").replace("B", "P").replace("R", "r").replace("H", "h")
    return first + consonants[1:].lower()


def _vowel(here: _Cluster, first_series: bool) -> str:
    found = _VOWEL.get(here.vowel, (".", "."))[0 if first_series else 1]
    if khmer.NIKAHIT in here.marks:
        return found + "M"
    if "ះ" in here.marks or "ៈ" in here.marks:  # Ah; Vannak
        return ("a" if found == "." else found) + ("h" if "ះ" in here.marks else "k")
    return found


def _glides(whole: str) -> str:
    """A vowel with យ or វ after it is one sound, as Latin letters write it: ឆាយ Chhay, សាវ Sao."""
    whole = re.sub("[a.]Y(?![axijeouqzw345.])", "j", whole)
    return re.sub("[ao5]V(?![axijeouqzw345.])", "w", whole)
