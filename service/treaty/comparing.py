"""Who may have signed already: what is compared, and keyed digests by which two are found. Pure.

The keys are those of persons, under another stand-in: from the database nobody tells that a signer
is somebody whom a record of needs names.
"""

from __future__ import annotations

import datetime as dt

from service.facts.ages import Age
from service.facts.answers import Values
from service.persons import blocking, matching, normal, years
from service.persons.blocking import StandIn
from service.persons.matching import Described

LEAST = matching.LIKELY
"""From here on a signature is suspected. Lower, and many a neighbour of the same name would be."""
NAMES = ("petition.line_name", "petition.name")


def describe(
    values: Values, *, sex: str, age_band: str, signed_on: dt.date, place: str
) -> Described | None:
    """None where no name was told."""
    name = normal.read(next((values[tag] for tag in NAMES if values.get(tag)), ""))
    if not name.readings:
        return None
    age = Age(years=None, known="unknown", band=age_band)
    return Described(name=name, sex=sex, born=years.born(age, signed_on), place=place)


def keys_of(project_id: int, person: Described, stand_in: StandIn) -> frozenset[int]:
    """Those of persons, and the whole name in a province: people sign at a table on the road too,
    and age and sex may be left out."""

    def of_treaty(*parts: object) -> bytes:
        return stand_in("treaty", *parts)

    found = set(blocking.pair_keys(project_id, person, of_treaty))
    province = person.place[: blocking.PROVINCE]
    for full in blocking.parts(person.name.readings).full:
        digest = of_treaty("full", project_id, full, province)
        found.add(int.from_bytes(digest[: blocking.KEY_BYTES], "big", signed=True))
    return frozenset(found)
