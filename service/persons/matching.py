"""How likely two descriptions are of one person, with the reasons. It proposes; people decide.

The name leads. What else agrees closes a part of what the name leaves open, only where the names
are alike enough to look at; what contradicts takes a part away. The parts are in `reasons.py`.
What is not known speaks neither for nor against.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.persons import names, normal, reasons
from service.persons.years import YearRange

LIKELY = 0.9
NEAR_YEARS = 3
"""Years between two ranges that memory explains."""
ENOUGH_KNOWN = 2
"""Reasons beside the name, below which it is said that little is known."""
SEXES = frozenset({"female", "male"})
DIRECT = frozenset({"direct_injured", "direct_killed"})
NO_DEVICE = frozenset({"", "unknown", "no_answer", "not_asked"})


@dataclass(frozen=True, kw_only=True)
class Described:
    """One person as one record tells of them. Household and phone are keyed digests: equal or not.
    Codes are those of `facts/codes.py`."""

    name: normal.Name
    sex: str = "unknown"
    born: YearRange | None = None
    place: str = ""
    """Where the person lives: a gazetteer code of 2, 4, 6 or 8 digits, as far as it is known."""
    victim_type: str = "unknown"
    incident: YearRange | None = None
    device: str = "unknown"
    household: str | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Match:
    """`score` 0 to 1; `reasons` are codes of `reasons.REASONS`, the name's first."""

    score: float
    reasons: tuple[str, ...]

    @property
    def level(self) -> str:
        """likely | perhaps | unlikely, of `reasons.LEVELS`."""
        if self.score >= LIKELY:
            return "likely"
        return "perhaps" if self.score >= names.PERHAPS else "unlikely"


def match(one: Described, other: Described) -> Match:
    """Of two descriptions; the same whichever comes first; 1 where all that is known is equal."""
    return _match(one, other, list(_beside_the_name(one, other)))


def match_if_likely(one: Described, other: Described) -> Match | None:
    """The same, and None where it is unlikely. Names, which take the time, are not compared where
    the rest alone speaks against it."""
    found = list(_beside_the_name(one, other))
    if _left_by(found) < names.PERHAPS:
        return None
    match = _match(one, other, found)
    return None if match.level == "unlikely" else match


def _left_by(found: Sequence[str]) -> float:
    """What is left of a score by whatever speaks against."""
    return math.prod(1 - reasons.SPEAKS_AGAINST.get(code, 0) for code in found)


def _match(one: Described, other: Described, found: Sequence[str]) -> Match:
    of_name = names.likeness(one.name, other.name)
    score = of_name.score
    if score >= names.PERHAPS:
        score = 1 - (1 - score) * math.prod(1 - reasons.SPEAKS_FOR.get(code, 0) for code in found)
    score *= _left_by(found)
    told = [code for code in (of_name.reason, *_number(one, other), *found) if code]
    if len(found) < ENOUGH_KNOWN:
        told.append("little_known")
    return Match(score=score, reasons=tuple(told))


def _number(one: Described, other: Described) -> Iterator[str]:
    """What lowers the name's own likeness (`names.OTHER_NUMBER`)."""
    if one.name.number and other.name.number and one.name.number != other.name.number:
        yield "number_differs"


def _beside_the_name(one: Described, other: Described) -> Iterator[str]:
    if one.phone and one.phone == other.phone:
        yield "phone_same"
    if one.household and one.household == other.household:
        yield "household_same"
    yield from _place(one.place, other.place)
    if one.born and other.born:
        yield _birth(one.born.apart(other.born))
    if {one.sex, other.sex} <= SEXES:
        yield "sex_same" if one.sex == other.sex else "sex_differs"
    yield from _incident(one, other)


def _place(one: str, other: str) -> Iterator[str]:
    if len(one) == 8 and one == other:
        yield "village_same"
    elif len(one) >= 6 and one[:6] == other[:6]:
        yield "commune_same"
    elif one and other and one[:2] != other[:2]:
        yield "province_differs"


def _birth(apart: int) -> str:
    if apart == 0:
        return "birth_years_overlap"
    return "birth_years_near" if apart <= NEAR_YEARS else "birth_years_far"


def _incident(one: Described, other: Described) -> Iterator[str]:
    if {one.victim_type, other.victim_type} & DIRECT and "not_victim" in {
        one.victim_type,
        other.victim_type,
    }:
        yield "victim_differs"
    if one.incident and other.incident:
        if one.incident.apart(other.incident) > NEAR_YEARS:
            yield "incident_differs"
        elif one.device == other.device and one.device not in NO_DEVICE:
            yield "incident_same"
