"""What is remembered of a record to compare others with it: codes, and nothing that says who."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace

from service.facts.kinds import Facts
from service.facts.places import UNKNOWN
from service.review.flags import distance
from service.review.flags.distance import Cell
from service.review.flags.seen import Seen

People = tuple[tuple[str, int | None, tuple[str, ...]], ...]
"""Of each person sex, age in years and codes of needs."""
LONGEST_ALIKE = 80


@dataclass(frozen=True, kw_only=True)
class Look:
    """One version of a record."""

    submission_pk: uuid.UUID
    record_pk: uuid.UUID
    form_pk: int
    sender: int | None
    """The phone or person that sent it."""
    happened_on: dt.date | None = None
    commune: str | None = None
    village: str | None = None
    begun_at: dt.datetime | None = None
    seconds: int | None = None
    answered: int | None = None
    cell: Cell | None = None
    """Where it was taken, as coarse as the village's own name (`distance`)."""
    household: str | None = None
    """Stand-in of the team's code for it; None: none was given."""
    alike: str | None = None
    """The same for records that may be of the same people: they are compared with each other."""
    people: People = ()


def look_of(
    seen: Seen | None,
    *,
    submission_pk: uuid.UUID,
    record_pk: uuid.UUID,
    form_pk: int,
    sender: int | None,
) -> Look:
    """`seen` None: nobody can read it here."""
    blank = Look(submission_pk=submission_pk, record_pk=record_pk, form_pk=form_pk, sender=sender)
    if seen is None:
        return blank
    facts = seen.facts
    commune, village = _place(facts)
    people = tuple(
        sorted(
            (
                (person.sex, person.age_years, _needs(facts, person.ordinal))
                for person in facts.persons
            ),
            key=lambda one: (one[0], -1 if one[1] is None else one[1], one[2]),
        )
    )
    told = (*facts.households, *facts.visits, *facts.consents, *facts.persons)
    first = next(iter(told), None)
    return replace(
        blank,
        happened_on=first.happened_on if first else None,
        commune=commune,
        village=village,
        begun_at=seen.begun_at,
        seconds=seen.seconds if seen.is_interview else None,
        answered=seen.answered,
        cell=distance.cell_of(seen.point) if seen.point and village else None,
        household=_household(facts, submission_pk),
        alike=_alike(facts, form_pk, village or commune, people),
        people=people,
    )


def _place(facts: Facts) -> tuple[str | None, str | None]:
    """Commune and village that were chosen, where they are known."""
    told = (*facts.households, *facts.consents, *facts.persons, *facts.clearance_concerns)
    for one in told:
        commune = None if one.adm3 == UNKNOWN else one.adm3
        return commune, None if one.adm4 == UNKNOWN else one.adm4
    return None, None


def _needs(facts: Facts, ordinal: int) -> tuple[str, ...]:
    return tuple(sorted(need.need_code for need in facts.needs if need.person_ordinal == ordinal))


def _household(facts: Facts, submission_pk: uuid.UUID) -> str | None:
    """Without a code of the team its key is a part of the record's own, and compares with none."""
    own = submission_pk.hex[-16:]
    return next((one.household_key for one in facts.households if one.household_key != own), None)


def _alike(facts: Facts, form_pk: int, place: str | None, people: People) -> str | None:
    if facts.visits and facts.visits[0].case_id:
        return f"{form_pk}.case.{facts.visits[0].case_id}"[:LONGEST_ALIKE]
    if not people or place is None:
        return None
    return f"{form_pk}.{place}.{''.join(sex[0] for sex, _, _ in people)}"[:LONGEST_ALIKE]
