"""With whom a person is to be compared, how likely they are one, and why: found, kept, bounded."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping

from service.facts.scopes import Purpose
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.persons import matching
from service.persons.actions import telling
from service.persons.describing import Told
from service.persons.queries import mentions, pairs
from service.persons.queries.pairs import Both, Sharing

COMPARED = 30
"""Others with whom one person is compared: those who share the most keys."""
KEPT = 10
"""Pairs that are kept of one person at once: the likeliest."""
RECORDS_AT_ONCE = 100
"""Read, to be compared: their answers are in memory."""
UNLIKELY = "unlikely"


def find(project_id: int, here: Mapping[uuid.UUID, Told]) -> None:
    """Compare these persons with everybody who shares a key, and keep what is likely enough. Two
    of one record are two: whoever filled it in saw both."""
    if not here:
        return
    others = _others(project_id, here)
    words = dict(here) | _words(project_id, others)
    found: dict[Both, tuple[int, tuple[str, ...]]] = {}
    for mention_pk, theirs in others.items():
        scored = [
            (match.score, other, match.reasons)
            for other in theirs
            if other in words
            for match in [matching.match(words[mention_pk].described, words[other].described)]
            if match.level != UNLIKELY
        ]
        for score, other, reasons in sorted(scored, key=lambda one: (-one[0], one[1]))[:KEPT]:
            found[pairs.both(mention_pk, other)] = (round(score * 1000), reasons)
    with unit_of_work() as session:
        mine = {leg for both in found for leg in both} | here.keys()
        still = mentions.lock_here(session, project_id, mine)
        kept = {both: what for both, what in found.items() if still.issuperset(both)}
        pairs.put(session, project_id, kept, here.keys(), clock.now())


def _others(
    project_id: int, here: Mapping[uuid.UUID, Told]
) -> dict[uuid.UUID, dict[uuid.UUID, Sharing]]:
    """Of each person, the others who share the most keys."""
    holders: dict[int, list[Sharing]] = defaultdict(list)
    keys = {key for one in here.values() for key in one.pair_keys}
    with reading() as session:
        on = telling.today()
        for one in pairs.list_sharing(session, project_id, keys, Purpose.WORK, on):
            holders[one.key].append(one)
    found: dict[uuid.UUID, dict[uuid.UUID, Sharing]] = {}
    for mention_pk, person in here.items():
        seen = {
            one.mention_pk: one
            for key in set(person.pair_keys)
            for one in holders[key]
            if one.record_pk != person.record_pk
        }
        shared = Counter(
            one.mention_pk
            for key in set(person.pair_keys)
            for one in holders[key]
            if one.mention_pk in seen
        )
        nearest = sorted(shared, key=lambda other: (-shared[other], other))[:COMPARED]
        found[mention_pk] = {other: seen[other] for other in nearest}
    return found


def _words(
    project_id: int, others: Mapping[uuid.UUID, Mapping[uuid.UUID, Sharing]]
) -> dict[uuid.UUID, Told]:
    """What the others said of themselves."""
    places = {
        (one.submission_pk, one.ordinal): one.mention_pk
        for theirs in others.values()
        for one in theirs.values()
    }
    wanted = sorted({submission_pk for submission_pk, _ in places})
    found: dict[uuid.UUID, Told] = {}
    for at in range(0, len(wanted), RECORDS_AT_ONCE):
        with reading() as session:
            told = telling.tell(session, project_id, wanted[at : at + RECORDS_AT_ONCE])
        for one in told:
            mention_pk = places.get((one.submission_pk, one.standing.ordinal))
            if mention_pk is not None:
                found[mention_pk] = one
    return found
