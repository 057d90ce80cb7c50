"""Who may have signed already: what is compared, and keyed digests by which two are found. Pure.

The keys are those of persons, under another stand-in: from the database nobody tells that a signer
is somebody whom a record of needs names.
"""

from __future__ import annotations

from service.facts.answers import Values
from service.persons import blocking, matching, normal
from service.persons.blocking import StandIn
from service.persons.matching import Described, Match

NAMES = ("petition.line_name", "petition.name")
NEAR = frozenset({"village_same", "commune_same"})


def describe(values: Values, *, sex: str, place: str) -> Described | None:
    """None where no name was told. Bands of age are not compared: nearly all who sign are between
    18 and 59, so an equal one says nothing."""
    name = normal.read(next((values[tag] for tag in NAMES if values.get(tag)), ""))
    return Described(name=name, sex=sex, place=place) if name.readings else None


def keys_of(project_id: int, person: Described, stand_in: StandIn) -> frozenset[int]:
    def of_treaty(*parts: object) -> bytes:
        return stand_in("treaty", *parts)

    return frozenset(blocking.pair_keys(project_id, person, of_treaty))


def is_suspect(match: Match) -> bool:
    """The same name in the same commune. In a province two of one name are two people more often
    than not, and whoever is suspected does not count until somebody has looked."""
    return match.score >= matching.LIKELY and not NEAR.isdisjoint(match.reasons)
