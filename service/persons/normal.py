"""Names as they are compared: one order of letters, no titles, no accents, digits as digits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from service.persons import khmer

LONGEST = 120
"""Characters of a name that are looked at."""

_UNSEEN: dict[int, str | None] = dict.fromkeys(
    [0xAD, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
)
"""Zero-width blanks and joiners, marks of direction, soft hyphens: phones put them in and out."""

_ACCENT = re.compile("[\u0300-\u036f]")
_ONE_FORM: dict[int, str | None] = {
    **_UNSEEN,
    **{zero + n: str(n) for zero in (0x17E0, 0x0E50, 0x0ED0) for n in range(10)},
    ord("œ"): "oe",
    ord("æ"): "ae",
    ord("đ"): "d",
    ord("ø"): "o",
}
"""Digits of Khmer, Thai and Lao as others; letters that do not come apart."""

TITLES = frozenset(
    (
        *("លោក", "លោកស្រី", "លោកជំទាវ", "លោកតា", "លោកយាយ", "លោកពូ", "លោកគ្រូ", "អ្នក", "អ្នកស្រី", "អ្នកនាង"),
        *("អ្នកគ្រូ", "កញ្ញា", "ឧកញ៉ា", "អុកញ៉ា", "ឯកឧត្តម", "បណ្ឌិត", "វេជ្ជបណ្ឌិត"),
        *("តា", "យាយ", "ពូ", "មីង", "អ៊ំ", "បង", "ប្អូន"),
        *("mr", "mrs", "ms", "miss", "mister", "madam", "dr", "prof", "he"),
        *("oknha", "okhna", "kanha"),
        *("lok", "lokta", "lokyeay", "loksrey", "neak", "neaksrey"),
        *("ta", "yeay", "yay", "pu", "pou", "ming", "om", "bong"),
    )
)
"""Words before a name that are none: Mr, Mrs, Miss, Oknha, grandfather, grandmother, uncle, aunt,
elder. Some of them are names too (Om, Ming, កញ្ញា): where nothing else follows they stay."""
_SECOND_TITLES = frozenset({"ស្រី", "srey", "srei"})
"""After លោក or អ្នក: Lok Srey, Neak Srey."""
_GROWN_ON = re.compile("^(?:លោកស្រី|អ្នកស្រី|លោកតា|លោកយាយ|លោក|ឧកញ៉ា)(?=[\u1780-\u17b3])")
"""Titles that are written without a blank before the name, and begin no name."""
_MOST_DIGITS = 2
"""Of a number that tells people apart; longer ones are phones and codes."""

_CALLED = re.compile(
    r"[()\[\]/;|]|(?<!\S)(?:ហៅ|ហៅថា|called|alias|aka|a\.k\.a\.?|nickname)(?!\S)", re.IGNORECASE
)
_LATIN_OR_DIGIT = r"[a-z]+|[0-9]+"
_TOKEN = re.compile(f"{_LATIN_OR_DIGIT}|[\u1780-\u17d3\u17dd]+")
_EXCELLENCY = re.compile(r"^ឯ\s?\.\s?ឧ\.?")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name as it is compared. `readings`: the ways in which it was written down, each as its
    words, the order kept; `number`: what tells two of one name apart in a village ("Sokha 2")."""

    readings: tuple[tuple[str, ...], ...]
    number: str = ""


def plain(text: str) -> str:
    """Text in one form: NFC, nothing unseen, Khmer letters in order, Khmer digits as others, Latin
    letters small and without accents. Twice is as once."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).casefold()
        text = unicodedata.normalize("NFKD", text)  # a folded letter may come apart once more
        text = unicodedata.normalize("NFC", _ACCENT.sub("", text).translate(_ONE_FORM))
        return " ".join(map(khmer.in_order, text.split()))
    return " ".join(text.lower().split())


def read(text: str) -> Name:
    """A name from what was typed: titles gone, a second spelling or nickname as another reading."""
    number, readings = "", []
    for piece in _CALLED.split(_EXCELLENCY.sub("", plain(text[:LONGEST]))):
        words = _TOKEN.findall(re.sub("['’`ʼ]", "", piece))
        for script in ("khmer", "latin"):
            own = _without_title([w for w in words if _script(w) == script])
            if len(own) > 1 and own[-1] in _ROMAN:
                number = number or _ROMAN[own.pop()]
            if own:
                readings.append(tuple(khmer.spelled_plainly(word) for word in own))
        number = number or next(map(_number, filter(_is_number, words)), "")
    return Name(readings=tuple(dict.fromkeys(readings)), number=number)


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) <= _MOST_DIGITS


def _number(word: str) -> str:
    return str(int(word))


def _script(word: str) -> str:
    if word.isdecimal():
        return "digits"
    return "latin" if word[0] < "\u0100" else "khmer"


def _without_title(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0] in TITLES:
        grows = words[0] in {"លោក", "អ្នក", "lok", "neak"} and words[1] in _SECOND_TITLES
        words = words[2:] if grows and len(words) > 2 else words[1:]
    if words and words[0] not in TITLES and (grown := _GROWN_ON.match(words[0])):
        return [words[0][grown.end() :], *words[1:]]
    return words
