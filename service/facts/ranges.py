"""Rough dates and ages as ranges, and computed as ranges. Pure.

"About fifty" is not fifty: what was told roughly keeps how rough it is, and so does whatever is
computed from it. A range whose ends are equal is exact.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re

from service.facts.ages import OLDEST, Age
from service.facts.answers import digits

YOUNG_SPREAD, OLD_SPREAD = 2, 5
"""Years to either side of an estimate, under 20 and from 20 on: rule 1. Ages that are
guessed heap on 0 and 5."""
OF_AGE = 18
_BANDS = {
    "0004": (0, 4),
    "0511": (5, 11),
    "1217": (12, 17),
    "1859": (18, 59),
    "60p": (60, OLDEST),
    "unk_child": (0, 17),
    "unk_adult": (18, OLDEST),
}
_ROUGH_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?![\d-])")
EARLIEST_YEAR = 1900

Years = tuple[int, int]
Days = tuple[dt.date, dt.date]


def of_band(band: str) -> Years | None:
    """The ages of a band of age_band5."""
    return _BANDS.get(band)


def of_age(age: Age) -> Years | None:
    """The ages, in completed years, that an answer leaves open; None where nothing was told."""
    if age.years is None:
        return _BANDS.get(age.band)
    if age.known != "estimated":
        return age.years, age.years
    spread = OLD_SPREAD if age.years >= 20 else YOUNG_SPREAD
    return max(0, age.years - spread), min(OLDEST, age.years + spread)


def born(ages: Years | None, on: dt.date) -> Years | None:
    """The years in which somebody of these ages on that day can have been born."""
    return None if ages is None else (on.year - ages[1] - 1, on.year - ages[0])


def days(answer: str, latest: dt.date) -> Days | None:
    """First and last day of "2024-03-07", "2024-03" or "2024"; None for anything else, and for
    what begins after `latest`. A range never reaches beyond it: what is told has happened."""
    found = _ROUGH_DATE.match(digits(answer.strip()))
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = dt.date(year or 0, month or 1, day or 1)
        last = dt.date(year or 0, month or 12, day or _last_day(year or 1, month or 12))
    except ValueError:
        return None
    if first > latest or first.year < EARLIEST_YEAR:
        return None
    return first, min(last, latest)


def at_incident(ages: Years | None, on: dt.date, incident: Days | None) -> Years | None:
    """How old somebody of these ages on that day can have been at an incident before it; None
    where nothing is known or the answers contradict each other (not born yet)."""
    if ages is None or incident is None:
        return None
    youngest = ages[0] - _completed(incident[0], on) - 1
    oldest = ages[1] - _completed(incident[1], on)
    return None if oldest < 0 else (max(0, youngest), oldest)


def is_child(ages: Years | None) -> str:
    """yes | no | unknown: under 18, as far as the range tells."""
    if ages is None:
        return "unknown"
    return "yes" if ages[1] < OF_AGE else "no" if ages[0] >= OF_AGE else "unknown"


def _completed(since: dt.date, on: dt.date) -> int:
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def _last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 1
