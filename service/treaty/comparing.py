"""Who may have signed already: what is compared, and keyed digests by which two are found. Pure.

The keys are others than those of persons: from the database nobody tells that a signer is somebody
whom a record of needs names.
"""

from __future__ import annotations

import itertools

from service.facts.answers import Values
from service.facts.circumstances import place_of
from service.persons import blocking, matching, normal
from service.persons.blocking import COMMUNE, KEY_BYTES, VILLAGE, StandIn
from service.persons.matching import Described, Match

NAMES = ("petition.line_name", "petition.name")
NEAR = frozenset({"village_same", "commune_same"})
Keys = frozenset[int]


def describe(values: Values, *, sex: str, place: str) -> Described | None:
    """`place`: as facts say it; the village stands in the sealed record alone. None where no name
    was told. Bands of age are not compared: nearly all who sign are between 18 and 59, so an equal
    one says nothing."""
    name = normal.read(next((values[tag] for tag in NAMES if values.get(tag)), ""))
    village = place_of(values)["adm4"]
    home = village if village.isdecimal() else place
    return Described(name=name, sex=sex, place=home) if name.readings else None


def keys_of(project_id: int, person: Described, stand_in: StandIn) -> Keys:
    """The whole name in a commune; the given name in a village, for whoever writes no other. No
    more: what many share in a place lets somebody who knows everybody there guess who it is
    (`tests/bench/unmasking.py`), and finds strangers before it finds her."""
    place, parts = person.place, blocking.parts(person.name.readings)
    asked: list[tuple[str, str, str]] = []
    if len(place) >= COMMUNE:
        asked += [("whole", part, place[:COMMUNE]) for part in parts.whole]
    if len(place) == VILLAGE:
        asked += [("given", part, place) for part in parts.given]
    digests = (stand_in("treaty", project_id, *each) for each in asked)
    return frozenset(map(_key, digests))


def keys_after(project_id: int, above: Described, person: Described, stand_in: StandIn) -> Keys:
    """Of two names in a row on a sheet, wherever it says it is from: nobody guesses a row of names
    from how many share it, for nobody shares it but a copy."""
    pairs = itertools.product(*(blocking.parts(one.name.readings).whole for one in (above, person)))
    digests = (stand_in("treaty", project_id, "after", *each) for each in pairs)
    return frozenset(map(_key, digests))


def _key(digest: bytes) -> int:
    return int.from_bytes(digest[:KEY_BYTES], "big", signed=True)


def suspicion(one: Described, other: Described) -> Match | None:
    """How they match, where they may be one person: the same name in the same commune, and no two
    villages told. In a province two of one name are two people more often than not, in two
    villages nearly always, and whoever is suspected does not count until somebody has looked."""
    if len(one.place) == len(other.place) == VILLAGE and one.place != other.place:
        return None
    match = matching.match(one, other)
    is_near = not NEAR.isdisjoint(match.reasons)
    return match if is_near and match.score >= matching.LIKELY else None
