"""Years as people tell them, as ranges: of the Buddhist era, with two digits, from an age.

The Buddhist era is 544 years ahead of the common one after the Khmer new year (13 to 16 April) as
people count it, after Visak Bochea (late April or May) as the calendar of the temples does, and 543
years ahead before.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from service.facts.ages import OLDEST, Age
from service.persons import normal

ERA = 544
_BUDDHIST = re.compile(r"ព\s*\.?\s*ស|\bb\.?\s?e\b", re.IGNORECASE)
_ABOUT = re.compile(r"ប្រហែល|ប្រមាណ|about|around|circa|~|±|\bc\.|\?", re.IGNORECASE)
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.]\d{1,2}(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)\d{1,2}[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_FROM_TO = re.compile(r"(?<!\d)(\d{4})\s*(?:[-–—/]|to|ដល់)\s*(\d{4}|\d{2})(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:\d{4}|\d{2})(?!\d)")
_BANDS = {
    "0004": (0, 4), "0511": (5, 11), "1217": (12, 17), "1859": (18, 59), "60p": (60, OLDEST),
    "unk_child": (0, 17), "unk_adult": (18, OLDEST),
}  # fmt: skip
"""Ages of list age_band5."""
ABOUT = 2
"""Years to each side of what somebody called about."""


@dataclass(frozen=True, kw_only=True, order=True)
class YearRange:
    """First and last year of the common era in which it may have been, both included."""

    first: int
    last: int

    def apart(self, other: YearRange) -> int:
        """Years between the ranges; 0 if they overlap."""
        return max(0, self.first - other.last, other.first - self.last)


def told(text: str, today: dt.date) -> YearRange | None:
    """The year that a text tells, in whatever era and digits; None if it tells none that can be a
    year of a life. Of two digits, the latest year that is not to come."""
    plain = normal.plain(text)
    is_buddhist = bool(_BUDDHIST.search(plain))
    found = _read(plain, is_buddhist, today)
    if found is None or not today.year - OLDEST <= found.last or found.first > today.year:
        return None
    about = ABOUT if _ABOUT.search(plain) else 0
    return YearRange(first=found.first - about, last=min(found.last + about, today.year))


def _read(plain: str, is_buddhist: bool, today: dt.date) -> YearRange | None:
    if date := _ISO.search(plain):
        return _common(date[1], is_buddhist, today, int(date[2]))
    if date := _DAY_FIRST.search(plain):
        return _common(date[2], is_buddhist, today, int(date[1]))
    if both := _FROM_TO.search(plain):
        end = both[2] if len(both[2]) == 4 else both[1][:2] + both[2]
        first = _common(both[1], is_buddhist, today)
        last = _common(end, is_buddhist, today)
        return YearRange(first=first.first, last=max(first.last, last.last))
    year = _YEAR.search(plain)
    return _common(year.group(), is_buddhist, today) if year else None


def _common(year: str, is_buddhist: bool, today: dt.date, month: int | None = None) -> YearRange:
    """Of the common era. A year of four digits far ahead is of the Buddhist one, said or not."""
    number = int(year)
    if len(year) == 2 and not is_buddhist:
        number += 2000 if 2000 + number <= today.year else 1900
    elif len(year) == 2:
        number += 2500
    if is_buddhist or number > today.year + ERA // 2:
        return from_buddhist(number, month)
    return YearRange(first=number, last=number)


def from_buddhist(year: int, month: int | None = None) -> YearRange:
    """Year 2500 is from April or May 1956 to the same of 1957; a month says which, but April and
    May, when it changes, do not."""
    first, last = year - ERA, year - ERA + 1
    if month is not None and not 4 <= month <= 5:
        first = last = last if month < 4 else first
    return YearRange(first=first, last=last)


def born(age: Age, on: dt.date) -> YearRange | None:
    """Years of birth of somebody who was that old on that day; None if nothing is known.

    People count the year that has begun too, so a told age may be one too many. An estimated age is
    rounded to five or ten years more often than not.
    """
    if age.years is None:
        ages = _BANDS.get(age.band)
        return YearRange(first=on.year - ages[1] - 1, last=on.year - ages[0]) if ages else None
    spread = 0
    if age.known != "exact":
        spread = 5 if age.years % 10 == 0 else 3 if age.years % 5 == 0 else 2
    year = on.year - age.years
    return YearRange(first=year - 1 - spread, last=min(year + 1 + spread, on.year))
