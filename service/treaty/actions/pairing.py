"""Who may have signed already: found by keys, compared by name, kept for people to decide."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from service.facts import actions as facts
from service.foundation.db import reading
from service.persons.actions import today
from service.persons.matching import Described
from service.treaty import comparing
from service.treaty.queries import signer_keys, signers, told
from service.treaty.queries.signer_keys import Sharing
from service.treaty.queries.signers import Both

COMPARED = 10
"""Others with whom one signature is compared: those who share the most keys."""
RECORDS_AT_ONCE = 100
Known = tuple[Described | None, frozenset[int]]
Pairs = dict[Both, tuple[int, tuple[str, ...]]]


def find(project_id: int, here: Mapping[uuid.UUID, Known]) -> Pairs:
    """Of these the pairs, among themselves and with everybody before, that are likely enough."""
    keys = {key for _, own in here.values() for key in own}
    if not keys:
        return {}
    holders: dict[int, list[Sharing]] = defaultdict(list)
    with reading() as session:
        for one in signer_keys.list_sharing(session, project_id, keys):
            holders[one.key].append(one)
    others = {key: _nearest(key, own, holders) for key, (_, own) in here.items()}
    words = {key: person for key, (person, _) in here.items() if person}
    words |= _read(project_id, others, words)
    found: Pairs = {}
    for key, theirs in others.items():
        for other in theirs:
            if key in words and other in words:
                match = comparing.suspicion(words[key], words[other])
                if match is not None:
                    both = (key, other) if key < other else (other, key)
                    found[both] = (round(match.score * 1000), match.reasons)
    return found


def _nearest(
    mine: uuid.UUID, keys: frozenset[int], holders: Mapping[int, list[Sharing]]
) -> dict[uuid.UUID, Sharing]:
    seen = {one.signer_pk: one for key in keys for one in holders.get(key, ())}
    seen.pop(mine, None)
    shared = Counter(one.signer_pk for key in keys for one in holders.get(key, ()))
    nearest = sorted(seen, key=lambda other: (-shared[other], other))[:COMPARED]
    return {other: seen[other] for other in nearest}


def _read(
    project_id: int,
    others: Mapping[uuid.UUID, Mapping[uuid.UUID, Sharing]],
    words: Mapping[uuid.UUID, Described],
) -> dict[uuid.UUID, Described]:
    """What the others told of themselves, as far as the team may look at it."""
    places = {
        (one.submission_pk, one.ordinal): key
        for theirs in others.values()
        for key, one in theirs.items()
        if key not in words
    }
    wanted = sorted({submission_pk for submission_pk, _ in places})
    found: dict[uuid.UUID, Described] = {}
    for at in range(0, len(wanted), RECORDS_AT_ONCE):
        some = wanted[at : at + RECORDS_AT_ONCE]
        with reading() as session:
            compared = told.may_be_compared(session, project_id, some, today())
            signed = {
                (one.submission_pk, one.ordinal): one
                for one in told.list_signed(session, project_id, some, today())
            }
            for row, said in facts.told_of_signers(session, project_id, some):
                for ordinal, values in enumerate(said):
                    line = (row.submission_pk, ordinal)
                    if line in places and line in compared and line in signed:
                        one = signed[line]
                        person = comparing.describe(values, sex=one.sex, place=one.place)
                        if person is not None:
                            found[places[line]] = person
    return found


def put(session: Any, project_id: int, found: Pairs, of: Mapping[uuid.UUID, Any]) -> None:
    """Keep them; of those who went meanwhile, nothing."""
    wanted = {leg for both in found for leg in both} | of.keys()
    here = {one.signer_pk for one in signers.these(session, project_id, wanted)}
    kept = {both: what for both, what in found.items() if here.issuperset(both)}
    signers.put_pairs(session, project_id, kept, here & of.keys())
