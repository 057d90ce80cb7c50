"""With whom a person is to be compared, how likely they are one, and why: found, kept, bounded."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import clock, keys
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import Unsealable
from service.persons import sealed
from service.persons.actions import telling
from service.persons.describing import Told
from service.persons.matching import Described, Match, match_if_likely
from service.persons.queries import mentions, pairs
from service.persons.queries.mentions import Comparable
from service.persons.queries.pairs import Both

COMPARED = 12
"""Others with whom one person is compared: those of whom the most keys speak, and the rarest."""
ASKED = 16
"""Of whom it is asked whether they may be looked at, and are of another record."""
KEPT = 10
"""Pairs that are kept of one person at once: the likeliest."""
RECORDS_AT_ONCE = 100
"""Read, where they must be: their answers are in memory."""


def find(project_id: int, here: Mapping[uuid.UUID, Told]) -> None:
    """Compare these persons with everybody who shares a key, and keep what is likely enough. Two
    of one record are two: whoever filled it in saw both."""
    if not here:
        return
    with reading() as session:
        others = _others(session.connection(), project_id, here)
        unique = {one.mention_pk: one for theirs in others.values() for one in theirs}
        described = _described(session, project_id, unique.values())
    described |= {mention_pk: person.described for mention_pk, person in here.items()}
    found: dict[Both, tuple[int, tuple[str, ...]]] = {}
    for mention_pk, theirs in others.items():
        scored: list[tuple[float, uuid.UUID, Match]] = []
        for other in (one.mention_pk for one in theirs if one.mention_pk in described):
            match = match_if_likely(described[mention_pk], described[other])
            if match is not None:
                scored.append((-match.score, other, match))
        for _, other, match in sorted(scored, key=lambda one: one[:2])[:KEPT]:
            found[pairs.both(mention_pk, other)] = (round(match.score * 1000), match.reasons)
    with unit_of_work() as session:
        connection = session.connection()
        mine = {leg for both in found for leg in both} | here.keys()
        still = mentions.lock_here(connection, project_id, mine)
        kept = {both: what for both, what in found.items() if still.issuperset(both)}
        pairs.put(connection, project_id, kept, here.keys(), clock.now())


def _others(
    connection: sa.Connection, project_id: int, here: Mapping[uuid.UUID, Told]
) -> dict[uuid.UUID, list[Comparable]]:
    """Of each person, the nearest by keys who may be looked at."""
    nearest = pairs.list_nearest(connection, project_id, here.keys(), ASKED)
    asked = {other for theirs in nearest.values() for other in theirs}
    usable = {
        one.mention_pk: one
        for one in mentions.list_comparable(connection, project_id, asked, telling.today())
    }
    return {
        mention_pk: [
            usable[other]
            for other in theirs
            if other in usable and usable[other].record_pk != here[mention_pk].record_pk
        ][:COMPARED]
        for mention_pk, theirs in nearest.items()
    }


def _described(
    session: Session, project_id: int, others: Collection[Comparable]
) -> dict[uuid.UUID, Described]:
    """What these said of themselves. Where that does not lie with the person yet, or no more under
    a key that is there, the record is opened."""
    found = _lying(project_id, others)
    left = [one.mention_pk for one in others if one.mention_pk not in found]
    return found | (_told(session, project_id, left) if left else {})


def _lying(project_id: int, others: Collection[Comparable]) -> dict[uuid.UUID, Described]:
    wanted = {one.compared_key_pk for one in others if one.compared_key_pk}
    held = keys.current().find_many(project_id, wanted)
    found: dict[uuid.UUID, Described] = {}
    for one in others:
        key = held.get(one.compared_key_pk) if one.compared_key_pk else None
        if key is not None:
            where = sealed.place(project_id, one.record_pk, one.mention_pk)
            try:
                found[one.mention_pk] = sealed.opened(key, where, one.compared or b"")
            except Unsealable:
                keys.unsealable(submission=str(one.record_pk))
    return found


def _told(
    session: Session, project_id: int, left: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Described]:
    places: dict[tuple[uuid.UUID, int], uuid.UUID] = {}
    for at in range(0, len(left), mentions.AT_ONCE):
        places |= mentions.list_places(session, project_id, left[at : at + mentions.AT_ONCE])
    wanted = sorted({submission_pk for submission_pk, _ in places})
    found: dict[uuid.UUID, Described] = {}
    for at in range(0, len(wanted), RECORDS_AT_ONCE):
        for one in telling.tell(session, project_id, wanted[at : at + RECORDS_AT_ONCE]):
            mention_pk = places.get((one.submission_pk, one.standing.ordinal))
            if mention_pk is not None:
                found[mention_pk] = one.described
    return found
