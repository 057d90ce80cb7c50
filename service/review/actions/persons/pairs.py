"""Pairs of persons who may be one: those that are open, and one of them side by side."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts.scopes import Purpose
from service.foundation import clock
from service.foundation.problems import NOT_FOUND, Problem
from service.persons import actions as persons
from service.persons import verdicts
from service.persons.matching import Match
from service.persons.queries import pairs, visits
from service.persons.queries.pairs import Stored
from service.persons.queries.visits import Visit, Word
from service.persons.verdicts import Verdict
from service.review.four_eyes import Kind
from service.review.queries import four_eyes
from service.review.queries.four_eyes import Waiting

HIGHEST = 1000
"""Score of a pair."""
AT_ONCE = 500
"""Pairs that are looked at together, to find those within reach."""


@dataclass(frozen=True, kw_only=True)
class PairTold:
    """Two visits, in codes, and what speaks for one person. `waiting`: somebody said that they are
    the same, and a second person has not agreed yet."""

    pair: Stored
    first: Visit
    second: Visit
    seen: str
    """What the pair is now: who decides sends it back."""
    waiting: Waiting | None = None
    words: Sequence[Word] = ()

    @property
    def level(self) -> str:
        """Of `reasons.LEVELS`."""
        return Match(score=self.pair.score / 1000, reasons=()).level


After = tuple[int, uuid.UUID]
"""Where a page ended: score and key of its last pair."""


def end_of(last: PairTold) -> str:
    """As an address or a cursor has it."""
    return f"{last.pair.score}_{last.pair.pair_pk}"


def read_end(text: str) -> After:
    """Raises ValueError for what `end_of` never wrote."""
    score, _, key = text.partition("_")
    if not (score.isascii() and score.isdecimal() and len(score) <= len(str(HIGHEST))):
        raise ValueError(text)
    return int(score), uuid.UUID(key)


def list_open(
    session: Session,
    actor: Actor,
    project_id: int,
    *,
    unsure: bool = False,
    after: After | None = None,
    limit: int,
) -> list[PairTold]:
    """The likeliest first: those of which nobody has decided, or (`unsure`) somebody was not sure.
    Both of each are within reach. Raises what `policy` raises."""
    policy.demand(actor, Act.PERSON_PAIRS, project_id)
    found: list[PairTold] = []
    while len(found) < limit:
        page = visits.list_pairs(session, project_id, unsure=unsure, after=after, limit=AT_ONCE)
        found += _within(session, actor, project_id, page)
        if len(page) < AT_ONCE:
            break
        after = (page[-1].score, page[-1].pair_pk)
    keys = [one.pair.pair_pk for one in found[:limit]]
    kind, now = Kind.JOIN_PERSONS, clock.now()
    waiting = four_eyes.list_waiting(session, project_id, kind, keys, now)
    return [replace(one, waiting=waiting.get(one.pair.pair_pk)) for one in found[:limit]]


def _within(
    session: Session, actor: Actor, project_id: int, page: Sequence[Stored]
) -> list[PairTold]:
    """Those of them of which the reader may see both, and the team may look at both."""
    reach = policy.reach(actor, Act.PERSON_PAIRS, project_id)
    legs = {leg for one in page for leg in one.both}
    told = visits.list_visits(session, project_id, legs, reach, persons.today(), Purpose.WORK)
    return [
        PairTold(pair=one, first=told[one.first_pk], second=told[one.second_pk], seen="")
        for one in page
        if told.keys() >= {*one.both}
    ]


def get_pair(
    session: Session,
    actor: Actor,
    project_id: int,
    pair_pk: uuid.UUID,
    act: Act = Act.PERSON_PAIRS,
    *,
    lock: bool = False,
) -> PairTold:
    """One, whatever was decided. Raises NOT_FOUND, also where one of the two is out of reach,
    removed, or may not be read any more."""
    policy.demand(actor, act, project_id)
    pair = pairs.find(session, project_id, pair_pk, lock=lock)
    reach = policy.reach(actor, act, project_id)
    if pair is None:
        raise Problem(NOT_FOUND)
    told = visits.list_visits(session, project_id, pair.both, reach, persons.today())
    if told.keys() != {*pair.both}:
        raise Problem(NOT_FOUND)
    seen = seen_of(session, project_id, [pair])[pair_pk]
    waiting = four_eyes.list_waiting(
        session, project_id, Kind.JOIN_PERSONS, [pair_pk], clock.now()
    ).get(pair_pk)
    return PairTold(
        pair=pair,
        first=told[pair.first_pk],
        second=told[pair.second_pk],
        seen=seen,
        waiting=waiting if waiting is not None and waiting.seen == seen else None,
        words=visits.list_words(session, project_id, [pair_pk]),
    )


def would_contradict(session: Session, project_id: int, pair: Stored) -> bool:
    """Whether joining them would put two into one file of whom somebody said that they differ."""
    around = [one for leg in pair.both for one in pairs.file_of(session, project_id, leg)]
    said = {one.both: one.verdict for one in around if one.verdict is not None}
    now = verdicts.contradicted(said)
    joined = verdicts.contradicted({**said, pair.both: Verdict.SAME})
    return bool({*joined} - {*now})


def seen_of(session: Session, project_id: int, of_pairs: Sequence[Stored]) -> dict[uuid.UUID, str]:
    """Of each pair what changes when somebody decides, and when an edit describes one of the two
    otherwise. Tells nothing: it is a digest of digests. One statement."""
    described = pairs.described(session, project_id, of_pairs)
    return {
        one.pair_pk: _digest(
            one.pair_pk.bytes, (one.verdict or "").encode(), *described[one.pair_pk]
        )
        for one in of_pairs
    }


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\x1f".join(parts)).hexdigest()[:32]
