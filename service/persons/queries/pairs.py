"""Pairs of persons: who shares keys, what was found, what was decided."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.foundation import ids
from service.persons.blocking import SPEAKS, TOO_MANY
from service.persons.reasons import BY_HAND
from service.persons.tables import Decision, Mention, MentionKey, Pair
from service.persons.verdicts import Verdict

Connected = Session | sa.Connection
Both = tuple[uuid.UUID, uuid.UUID]
MENTIONS_AT_ONCE = 400


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A pair as it stands. `first_pk` is the smaller key."""

    pair_pk: uuid.UUID
    first_pk: uuid.UUID
    second_pk: uuid.UUID
    score: int
    reasons: tuple[str, ...]
    found_at: dt.datetime
    verdict: Verdict | None

    @property
    def both(self) -> Both:
        return self.first_pk, self.second_pk

    @property
    def is_open(self) -> bool:
        return self.verdict in (None, Verdict.AGAIN)


def both(one: uuid.UUID, other: uuid.UUID) -> Both:
    """The two in the order in which a pair has them."""
    return (one, other) if one < other else (other, one)


def list_nearest(
    connection: Connected, project_id: int, mention_pks: Collection[uuid.UUID], most: int
) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Of each of these, the others of whom the most keys speak, and the rarest: at most so many,
    the nearest first. A key that more than TOO_MANY have is none. Whom one may look at is still to
    be asked. The database counts, and stops where there are too many: no row leaves it in vain."""
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    wanted = sorted(mention_pks)
    for at in range(0, len(wanted), MENTIONS_AT_ONCE):
        query = _nearest(project_id, wanted[at : at + MENTIONS_AT_ONCE], most)
        for mention_pk, other in connection.execute(query):
            found.setdefault(mention_pk, []).append(other)
    return found


def _nearest(project_id: int, mention_pks: Sequence[uuid.UUID], most: int) -> sa.Select[Any]:
    own, holder, other = aliased(MentionKey), aliased(MentionKey), aliased(MentionKey)
    some = sa.select(sa.literal(1)).where(
        holder.project_id == project_id, holder.key == own.key
    )  # fmt: skip
    counted = some.correlate(own).limit(TOO_MANY + 1).subquery()
    holders = sa.select(sa.func.count()).select_from(counted).scalar_subquery()
    mine = (
        sa.select(own.mention_pk, own.key, holders.label("holders"))
        .where(
            own.project_id == project_id,
            own.mention_pk.in_(mention_pks),
            own.key.bitwise_and(1) == 0,
        )
        .cte("mine")
    )
    speaks = sa.func.sum(SPEAKS - mine.c.holders)
    place = sa.func.row_number().over(
        partition_by=mine.c.mention_pk, order_by=(speaks.desc(), other.mention_pk)
    )
    shared = (
        sa.select(mine.c.mention_pk, other.mention_pk.label("other"), place.label("place"))
        .join(other, sa.and_(other.project_id == project_id, other.key == mine.c.key))
        .where(mine.c.holders.between(2, TOO_MANY), other.mention_pk != mine.c.mention_pk)
        .group_by(mine.c.mention_pk, other.mention_pk)
        .subquery()
    )
    nearest = sa.select(shared.c.mention_pk, shared.c.other).where(shared.c.place <= most)
    return nearest.order_by(shared.c.mention_pk, shared.c.place)


STORED = sa.select(
    Pair.pair_pk,
    Pair.first_pk,
    Pair.second_pk,
    Pair.score,
    Pair.reasons,
    Pair.found_at,
    Pair.verdict,
)


def stored(rows: Any) -> list[Stored]:
    return [Stored(**{**row._mapping, "reasons": tuple(row.reasons)}) for row in rows]


def find(
    connection: Connected, project_id: int, pair_pk: uuid.UUID, *, lock: bool = False
) -> Stored | None:
    query = STORED.where(Pair.project_id == project_id, Pair.pair_pk == pair_pk)
    rows = connection.execute(query.with_for_update() if lock else query)
    return next(iter(stored(rows)), None)


def find_of(connection: Connected, project_id: int, both: Both) -> Stored | None:
    """The pair of these two, in the order in which a pair has them."""
    query = STORED.where(
        Pair.project_id == project_id, Pair.first_pk == both[0], Pair.second_pk == both[1]
    )
    return next(iter(stored(connection.execute(query))), None)


def list_of(
    connection: Connected, project_id: int, mention_pks: Collection[uuid.UUID]
) -> list[Stored]:
    """All pairs in which one of these is, by the index of either leg; in order of their keys."""
    halves = (
        STORED.where(Pair.project_id == project_id, leg.in_(list(mention_pks)))
        for leg in (Pair.first_pk, Pair.second_pk)
    )
    found = {one.pair_pk: one for one in stored(connection.execute(sa.union_all(*halves)))}
    return [found[key] for key in sorted(found)]


def file_of(connection: Connected, project_id: int, mention_pk: uuid.UUID) -> list[Stored]:
    """Every pair with one leg in the file of this visit: its joins, and whatever else was said or
    is open of its visits. Round by round along the joins; a file has a handful of visits."""
    reached, fresh, found = {mention_pk}, {mention_pk}, dict[uuid.UUID, Stored]()
    while fresh:
        pairs = list_of(connection, project_id, fresh)
        found |= {one.pair_pk: one for one in pairs}
        legs = {leg for one in pairs if one.verdict is Verdict.SAME for leg in one.both}
        fresh = legs - reached
        reached |= fresh
    return [found[key] for key in sorted(found)]


def put(
    connection: Connected,
    project_id: int,
    found: Mapping[Both, tuple[int, Sequence[str]]],
    of: Collection[uuid.UUID],
    at: dt.datetime,
) -> None:
    """What was found now of the mentions `of`: pairs with their scores and reasons. Open ones that
    were not found any more go, those of which somebody said a word stay as they are."""
    held = {one.both: one for one in list_of(connection, project_id, of)}
    found = {key: (score, _kept(held.get(key), reasons)) for key, (score, reasons) in found.items()}
    gone = [one.pair_pk for key, one in held.items() if one.verdict is None and key not in found]
    if gone:
        theirs = (Pair.project_id == project_id, Pair.pair_pk.in_(gone))
        connection.execute(sa.delete(Pair).where(*theirs))
    new = []
    for key, (score, reasons) in found.items():
        values = {"score": score, "reasons": list(reasons)}
        if key not in held:
            row = {"project_id": project_id, "pair_pk": ids.new_uuid(), "found_at": at}
            new.append(row | values | {"first_pk": key[0], "second_pk": key[1], "verdict": None})
        elif held[key].is_open and (held[key].score, held[key].reasons) != (score, tuple(reasons)):
            one = (Pair.project_id == project_id, Pair.pair_pk == held[key].pair_pk)
            connection.execute(sa.update(Pair).where(*one).values(**values))
    if new:
        connection.execute(sa.insert(Pair), new)


def put_one(
    connection: Connected,
    project_id: int,
    key: Both,
    score: int,
    reasons: Sequence[str],
    at: dt.datetime,
) -> uuid.UUID:
    """A pair that somebody made, or with other reasons the one that there is."""
    held = find_of(connection, project_id, key)
    if held is not None:
        one = (Pair.project_id == project_id, Pair.pair_pk == held.pair_pk)
        values = {"score": score, "reasons": list(reasons)}
        connection.execute(sa.update(Pair).where(*one).values(**values))
        return held.pair_pk
    row = {
        "project_id": project_id, "pair_pk": ids.new_uuid(), "found_at": at,
        "score": score, "reasons": list(reasons),
        "first_pk": key[0], "second_pk": key[1], "verdict": None,
    }  # fmt: skip
    connection.execute(sa.insert(Pair), [row])
    made: uuid.UUID = row["pair_pk"]  # type: ignore[assignment]
    return made


def _kept(held: Stored | None, reasons: Sequence[str]) -> tuple[str, ...]:
    """Why somebody put the two together stays beside what comparing finds."""
    by_hand = [code for code in held.reasons if code in BY_HAND] if held else []
    return (*by_hand, *(code for code in reasons if code not in by_hand))


def say(
    connection: Connected,
    project_id: int,
    pair_pk: uuid.UUID,
    verdict: Verdict,
    decided_by: int | None,
    at: dt.datetime,
    proposed_by: int | None = None,
) -> None:
    """One word more on a pair: in the log, and as the last one."""
    row = {
        "project_id": project_id,
        "decision_pk": ids.new_uuid(),
        "pair_pk": pair_pk,
        "verdict": verdict,
        "decided_by": decided_by,
        "proposed_by": proposed_by,
        "at": at,
    }
    connection.execute(sa.insert(Decision), [row])
    one = (Pair.project_id == project_id, Pair.pair_pk == pair_pk)
    connection.execute(sa.update(Pair).where(*one).values(verdict=verdict))


def doubt(
    connection: Connected, project_id: int, mention_pks: Collection[uuid.UUID], at: dt.datetime
) -> None:
    """Whatever was decided of these is to be looked at again."""
    for one in list_of(connection, project_id, mention_pks):
        if one.verdict in (Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE):
            say(connection, project_id, one.pair_pk, Verdict.AGAIN, None, at)


def described(
    connection: Connected, project_id: int, of_pairs: Collection[Stored]
) -> dict[uuid.UUID, tuple[bytes, ...]]:
    """Of each pair, digests of both as they are described now; of one that is not here, nothing."""
    legs = {leg for one in of_pairs for leg in one.both}
    query = sa.select(Mention.mention_pk, Mention.described_digest).where(
        Mention.project_id == project_id, Mention.mention_pk.in_(sorted(legs)), Mention.is_here
    )
    here = {key: bytes(digest or b"") for key, digest in connection.execute(query)}
    return {one.pair_pk: tuple(here[leg] for leg in one.both if leg in here) for one in of_pairs}
