"""Dates as lists of casualties write them: day first, in Buddhist years, in Khmer, or ISO."""

from __future__ import annotations

import datetime as dt
import re

from service.exports.casualties.words import plain
from service.facts.answers import digits

ORDERS = ("dmy", "mdy")
"""Which comes first where a date is three numbers."""
EARLIEST = 1900
BUDDHIST = 543
_BUDDHIST_FROM = 2400
_TWO_DIGITS_FROM = 60
"""Of a year of two digits: from 60 on it is of the last century. No casualty is older."""
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ][\d:.,Z+ -]*)?")
_NUMBERS = re.compile(r"(\d{1,2})[/. -]+(\d{1,2})[/. -]+(\d{2,4})(?:\s+[\d:. apmAPM]*)?")
_MONTH_YEAR = re.compile(r"(\d{1,2})[/.-](\d{4})")
_IN_WORDS = re.compile(r"(?:(\d{1,2})[\s/.-]*)?([^\W\d_][^\d\s/.,-]*)[\s/.,-]*(\d{2,4})")
_MONTHS = (
    ("january", "jan", "មករា"), ("february", "feb", "កុម្ភៈ", "កុម្ភះ"), ("march", "mar", "មីនា"),
    ("april", "apr", "មេសា"), ("may", "ឧសភា"), ("june", "jun", "មិថុនា"),
    ("july", "jul", "កក្កដា"), ("august", "aug", "សីហា"), ("september", "sep", "sept", "កញ្ញា"),
    ("october", "oct", "តុលា"), ("november", "nov", "វិច្ឆិកា"), ("december", "dec", "ធ្នូ"),
)  # fmt: skip
_BY_WORD = {plain(word): n for n, words in enumerate(_MONTHS, start=1) for word in words}


def read(cell: str, order: str, latest: dt.date) -> str | None:
    """ "1989-03-07", "1989-03" or "1989"; None for what is no date, is older than EARLIEST, or has
    not come on `latest`."""
    text = " ".join(
        digits(cell).replace("ថ្ងៃទី", " ").replace("ខែ", " ").replace("ឆ្នាំ", " ").split()
    )
    parts = _parts(text, order)
    return None if parts is None else _checked(*parts, latest)


def of_parts(year: str, month: str, order: str, latest: dt.date) -> str | None:
    """The same of two cells. A month that is not known is left out."""
    found = read(year, order, latest)
    if found is None or len(found) > 4:
        return found
    number = month_of(month)
    return found if number is None else _checked(int(found), number, None, latest)


def month_of(cell: str) -> int | None:
    text = digits(cell).strip()
    if text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 12:
        return int(text)
    return _BY_WORD.get(plain(text))


def _parts(text: str, order: str) -> tuple[int, int | None, int | None] | None:
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) if part else None for part in found.groups())
        return year or 0, month, day
    if found := _MONTH_YEAR.fullmatch(text):
        return int(found[2]), int(found[1]), None
    if found := _NUMBERS.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        day, month = (first, second) if order == "dmy" else (second, first)
        return _year(found[3]), month, day
    if (found := _IN_WORDS.fullmatch(text)) and (month := _BY_WORD.get(plain(found[2]))):
        return _year(found[3]), month, int(found[1]) if found[1] else None
    return None


def _year(text: str) -> int:
    if len(text) != 2:
        return int(text)
    return int(text) + (1900 if int(text) >= _TWO_DIGITS_FROM else 2000)


def _checked(year: int, month: int | None, day: int | None, latest: dt.date) -> str | None:
    if year >= _BUDDHIST_FROM:
        year -= BUDDHIST
    try:
        first = dt.date(year, month or 1, day or 1)
    except ValueError:
        return None
    if first > latest or year < EARLIEST:
        return None
    return first.isoformat()[: 10 if day else 7 if month else 4]
