"""Files of persons, for many records at once: who stands together by the joins in force."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.persons import verdicts
from service.persons.queries.pairs import Both
from service.persons.tables import Mention, Pair
from service.persons.verdicts import Verdict

Connected = Session | sa.Connection
_JOINED_ONCE = (Verdict.SAME, Verdict.APART, Verdict.AGAIN)


@dataclass(frozen=True, kw_only=True)
class File:
    """One person's visits: `here` are record and place in it, the oldest first, of those who can be
    found; `records` all through whom they are joined, removed and erased ones too."""

    here: tuple[tuple[uuid.UUID, int], ...]
    records: frozenset[uuid.UUID]


def list_files(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> list[File]:
    """The files in which people of these records are, and those that they were joined with before:
    all that changes where a join was made, taken back, or put in doubt. Whoever was never joined
    is in none."""
    said: dict[Both, Verdict] = {}
    fresh = _first_pairs(connection, project_id, record_pks)
    while fresh:
        said |= fresh
        legs = {leg for both in said for leg in both}
        found = _pairs_of(connection, project_id, legs)
        fresh = {both: verdict for both, verdict in found.items() if both not in said}
    if not said:
        return []
    together = verdicts.together(verdicts.links(said))
    legs = {leg for both in said for leg in both}
    parts = {together.get(leg, frozenset({leg})) for leg in legs}
    return _told(connection, project_id, parts)


def _first_pairs(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> dict[Both, Verdict]:
    """Of people of these records. Those first: SQLite would begin with all pairs there are."""
    query = sa.select(Mention.mention_pk).where(
        Mention.project_id == project_id, Mention.record_pk.in_(list(record_pks))
    )
    theirs = connection.execute(query).scalars().all()
    return _pairs_of(connection, project_id, theirs) if theirs else {}


def _pairs_of(
    connection: Connected, project_id: int, mention_pks: Collection[uuid.UUID]
) -> dict[Both, Verdict]:
    """By either leg: the indexes of both are used."""
    wanted = (
        sa.select(Pair.first_pk, Pair.second_pk, Pair.verdict).where(
            Pair.project_id == project_id,
            leg.in_(list(mention_pks)),
            Pair.verdict.in_(_JOINED_ONCE),
        )
        for leg in (Pair.first_pk, Pair.second_pk)
    )
    rows = connection.execute(sa.union_all(*wanted))
    return {(row.first_pk, row.second_pk): Verdict(row.verdict) for row in rows}


def _told(
    connection: Connected, project_id: int, parts: Collection[frozenset[uuid.UUID]]
) -> list[File]:
    of = {leg: part for part in parts for leg in part}
    query = (
        sa.select(Mention.mention_pk, Mention.record_pk, Mention.ordinal, Mention.is_here)
        .where(Mention.project_id == project_id, Mention.mention_pk.in_(list(of)))
        .order_by(Mention.mention_pk)
    )
    here: dict[frozenset[uuid.UUID], list[tuple[uuid.UUID, int]]] = defaultdict(list)
    records: dict[frozenset[uuid.UUID], set[uuid.UUID]] = defaultdict(set)
    for row in connection.execute(query):
        part = of[row.mention_pk]
        records[part].add(row.record_pk)
        if row.is_here:
            here[part].append((row.record_pk, row.ordinal))
    return [
        File(here=tuple(here[part]), records=frozenset(records[part]))
        for part in sorted(records, key=min)
    ]


def records_of(
    connection: Connected, project_id: int, mention_pks: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """The records in which these people are."""
    query = sa.select(Mention.record_pk).where(
        Mention.project_id == project_id, Mention.mention_pk.in_(list(mention_pks))
    )
    return set(connection.execute(query).scalars())


def list_joined(
    connection: Connected, project_id: int, after: uuid.UUID | None, limit: int
) -> list[uuid.UUID]:
    """Visits by which others are joined, in the order of their keys: one of each join at least."""
    query = sa.select(Pair.first_pk).where(
        Pair.project_id == project_id, Pair.verdict == Verdict.SAME
    )
    if after is not None:
        query = query.where(Pair.first_pk > after)
    ordered = query.distinct().order_by(Pair.first_pk).limit(limit)
    return list(connection.execute(ordered).scalars())
