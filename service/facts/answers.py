"""Answers as text, whatever a form or a phone made of them, read into codes, numbers and dates.

Nothing here raises: what cannot be read is unknown, what is empty was not asked.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Mapping
from typing import TypeAlias

Values: TypeAlias = Mapping[str, str]
"""Answers by tag; never an empty one."""

YES = frozenset({"yes", "true", "1", "y", "ok"})
NO = frozenset({"no", "false", "0", "n"})
NO_CODE = frozenset({"unknown", "no_answer", "not_asked"})

_OTHER_WORDS = {
    "dont_know": "unknown",
    "don't_know": "unknown",
    "dk": "unknown",
    "refused": "no_answer",
    "prefer_not_to_say": "no_answer",
    "f": "female",
    "m": "male",
}

_NONE = frozenset({"none", "none_of_these", "none_of_the_above", "nothing", "no_need", "no"})
_LONGEST_NUMBER = 12
"""Characters. Python refuses to turn 5,000 digits into an int, and nobody has as many riel."""


def coded(answer: str, codes: Container[str]) -> str:
    """The answer as a code of its list; not_asked if empty, unknown if nothing else fits."""
    if answer in codes:
        return answer
    if not answer:
        return "not_asked"
    word = answer.strip().lower()
    word = _OTHER_WORDS.get(word, word)
    return word if word in codes or word in NO_CODE else "unknown"


def several(answer: str, codes: Container[str]) -> tuple[str, ...]:
    """The codes of a select_multiple, sorted, each once; none if nothing was answered."""
    if answer in codes:
        return (answer,)
    return tuple(sorted({coded(word, codes) for word in answer.split()}))


def says_nothing(answer: str) -> bool:
    """Whether all of it is "unknown", "no answer" and the like, and no code of anybody's list."""
    words = answer.lower().split()
    return bool(words) and all(_OTHER_WORDS.get(word, word) in NO_CODE for word in words)


def says_none(answer: str) -> bool:
    """Whether it is "none of these"."""
    return answer.strip().lower() in _NONE


def yes_or_no(answer: str) -> bool | None:
    """True, False, or None where neither was said."""
    word = answer.strip().lower()
    return True if word in YES else False if word in NO else None


def whole_number(answer: str, least: int, most: int) -> int | None:
    """A whole number within bounds, also from "44.0" and from Khmer digits; else None."""
    text = answer.strip()
    if not text or len(text) > _LONGEST_NUMBER:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if least <= number <= most and number == int(number) else None


_OF_KHMER = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,29}")
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
IN_WORDS = "in_words"


def digits(answer: str) -> str:
    """The same text with Khmer digits as 0 to 9."""
    return answer.translate(_OF_KHMER)


def code_of(answer: str) -> str | None:
    """A code that the team gave, such as one of the service directory; IN_WORDS for anything that
    can be a sentence or a name; None where nothing was answered."""
    text = digits(answer.strip())
    if not text:
        return None
    return text if _CODE.fullmatch(text) and any(c in "0123456789-_" for c in text) else IN_WORDS


def key_of(answer: str) -> str | None:
    """What a list on the phone calls a row; None for anything that is no key."""
    text = answer.strip()
    return text if _CASE.fullmatch(text) else None


def day(answer: str) -> dt.date | None:
    """The calendar day of an XForms date or dateTime, as the phone's clock had it."""
    try:
        return dt.date.fromisoformat(answer.strip()[:10])
    except ValueError:
        return None


def local_day(answer: str, zone: dt.tzinfo) -> dt.date | None:
    """The day of a dateTime by the clock of `zone`; without an offset, as written."""
    try:
        moment = dt.datetime.fromisoformat(answer.strip())
        return moment.astimezone(zone).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return day(answer)
