"""Likely double interviews: another record of the same place and days that says the same people.

No names: those are compared where two people may be one (`persons`). Here cheap facts are: sex and
age of everybody, needs, the household's code, phone and time. Of two the later one is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.review.flags.kinds import Code, Flag, Reason
from service.review.flags.looks import Look, People

WITHIN_DAYS = 30
"""An interview of a household that comes again so soon is no second round of a survey."""
YEARS_APART = 1
"""Ages told twice differ by a birthday."""
SOON_MINUTES = 180
"""Of one phone: the same morning or afternoon."""
MOST_COMPARED = 50
"""Of the newest that may be alike."""


def double(mine: Look, others: Sequence[Look]) -> Flag | None:
    """`others`: earlier records that share `alike` or `household`, the newest first. The first that
    is a double is told."""
    for other in others:
        found = _same(mine, other)
        if found is not None:
            reasons = (found, *_needs(mine, other), _phone(mine, other))
            return Flag(code=Code.DOUBLE, reasons=reasons)
    return None


def _same(mine: Look, other: Look) -> Reason | None:
    days = _days(mine, other)
    if days is None or days > WITHIN_DAYS or mine.form_pk != other.form_pk:
        return None
    told = {"days": days, "other": other.submission_pk.hex}
    if mine.alike is not None and mine.alike == other.alike and not mine.people:
        return Reason(why="double_visit", values=told) if days == 0 else None
    are_same = bool(mine.people) and _are_same(mine.people, other.people)
    if mine.household is not None and mine.household == other.household:
        return Reason(why=_when("double_household", days), values=told)
    if not are_same or mine.alike != other.alike:
        return None
    is_sure = len(mine.people) > 1 or _shared(mine, other) or _is_soon(mine, other)
    told = {**told, "people": len(mine.people)}
    return Reason(why=_when("double_people", days), values=told) if is_sure else None


def _when(why: str, days: int) -> str:
    return why if days else f"{why}_same_day"


def _days(mine: Look, other: Look) -> int | None:
    if mine.happened_on is None or other.happened_on is None:
        return None
    return abs((mine.happened_on - other.happened_on).days)


def _are_same(mine: People, others: People) -> bool:
    """Both are in order of sex and age."""
    if len(mine) != len(others):
        return False
    return all(
        sex == other_sex
        and age is not None
        and other_age is not None
        and abs(age - other_age) <= YEARS_APART
        for (sex, age, _), (other_sex, other_age, _) in zip(mine, others, strict=True)
    )


def _shared(mine: Look, other: Look) -> int:
    """How many needs both tell of the same people, where one tells no other ones."""
    pairs = zip(mine.people, other.people, strict=False)
    told = [(set(one[2]), set(two[2])) for one, two in pairs]
    if any(not (one <= two or two <= one) for one, two in told):
        return 0
    return sum(len(one & two) for one, two in told)


def _minutes(mine: Look, other: Look) -> int | None:
    """Between the beginnings of two interviews of one phone."""
    if mine.sender is None or mine.sender != other.sender:
        return None
    if mine.begun_at is None or other.begun_at is None:
        return None
    return int(abs((mine.begun_at - other.begun_at).total_seconds()) // 60)


def _is_soon(mine: Look, other: Look) -> bool:
    minutes = _minutes(mine, other)
    return minutes is not None and minutes <= SOON_MINUTES


def _needs(mine: Look, other: Look) -> tuple[Reason, ...]:
    shared = _shared(mine, other) if _are_same(mine.people, other.people) else 0
    return (Reason(why="double_needs", values={"needs": shared}),) if shared else ()


def _phone(mine: Look, other: Look) -> Reason:
    minutes = _minutes(mine, other)
    if minutes is not None and minutes < 24 * 60:
        return Reason(why="double_minutes", values={"minutes": minutes})
    is_same = mine.sender is not None and mine.sender == other.sender
    return Reason(why="double_same_phone" if is_same else "double_other_phone")
