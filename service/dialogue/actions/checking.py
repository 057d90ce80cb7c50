"""What a field of the log may hold. Raises INVALID_PARAMETER."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from service.dialogue.actions.words import Words
from service.dialogue.feedback import LANGUAGES, around
from service.dialogue.frameworks import KEYS
from service.dialogue.partners import Partner
from service.disclosure.rules import Audience
from service.facts import places
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.indicators.catalogue import INDICATORS, breakdowns
from service.persons.actions import today

LONGEST_TEXT, LONGEST_NOTES, LONGEST_OWNER = 1_000, 5_000, 120
LONGEST_AHEAD = dt.timedelta(days=10 * 366)


def in_languages(given: Mapping[str, str], *, name: str = "text") -> dict[str, str]:
    """At least one language; the other stays empty."""
    said = {one: given.get(one, "").strip() for one in LANGUAGES}
    if not any(said.values()) or max(map(len, said.values())) > LONGEST_TEXT:
        reason = f"1 to {LONGEST_TEXT} letters, in at least one language"
        raise Problem(INVALID_PARAMETER, name=name, reason=reason)
    return said


def in_both(said: Words) -> dict[str, str]:
    """As it is shown: what was written in one language alone stands in the other, too."""
    return {one: said.get(one, "") or next(filter(None, said.values()), "") for one in LANGUAGES}


def short(given: str, *, name: str, most: int, needed: bool = True) -> str:
    said = given.strip()
    if (needed and not said) or len(said) > most:
        raise Problem(INVALID_PARAMETER, name=name, reason=f"1 to {most} letters")
    return said


def place(code: str) -> str:
    """A province, district or commune; "" is the whole country."""
    found = places.load().find(code) if code else None
    if code and (found is None or found.level > len(("province", "district", "commune"))):
        raise Problem(INVALID_PARAMETER, name="place", reason="a province, district or commune")
    return code


def past(day: dt.date, *, name: str) -> dt.date:
    if day > today():
        raise Problem(INVALID_PARAMETER, name=name, reason="it is not past yet")
    return day


def ahead(day: dt.date | None, *, since: dt.date, name: str = "due_on") -> dt.date | None:
    if day is not None and not since <= day <= since + LONGEST_AHEAD:
        reason = "after the promise, and within ten years"
        raise Problem(INVALID_PARAMETER, name=name, reason=reason)
    return day


def partner(known: Mapping[str, Partner], codes: Sequence[str], code: str) -> Partner:
    """One of those who were there."""
    if code not in codes or code not in known:
        raise Problem(INVALID_PARAMETER, name="partner", reason=", ".join(codes))
    return known[code]


def framework(key: str) -> str:
    if key and key not in KEYS:
        raise Problem(INVALID_PARAMETER, name="framework", reason="a key of the list")
    return key


def indicator(code: str) -> str:
    if code and code not in INDICATORS:
        raise Problem(INVALID_PARAMETER, name="indicator", reason=", ".join(INDICATORS))
    return code


def cell(code: str, at: str, given: Mapping[str, str]) -> dict[str, str]:
    """Dimensions beside the place, such that the figure can be in a release."""
    if not code:
        if given:
            raise Problem(INVALID_PARAMETER, name="cell", reason="it needs an indicator")
        return {}
    dimensions = {*given, *around(at)}
    grids = {frozenset(by) for by in breakdowns(INDICATORS[code], Audience.PARTNER)}
    is_shown = any(dimensions <= grid for grid in grids)
    is_code = all(value and len(value) <= LONGEST_CODE for value in given.values())
    if not is_shown or not is_code or set(given) & set(around("020401")):
        offered = "; ".join(sorted(" × ".join(sorted(one)) or "-" for one in grids))
        raise Problem(INVALID_PARAMETER, name="cell", reason=f"dimensions of: {offered}"[:900])
    return dict(given)


LONGEST_CODE = 40
