"""The file of one person: every visit that was joined, and what was said of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation.problems import NOT_FOUND, Problem
from service.persons import actions as persons
from service.persons import verdicts
from service.persons.queries import pairs, visits
from service.persons.queries.pairs import Stored
from service.persons.queries.visits import Visit, Word
from service.persons.verdicts import Verdict
from service.review.actions.persons.pairs import seen_of


@dataclass(frozen=True, kw_only=True)
class JoinTold:
    """A join in force. `seen` goes back with whoever takes it apart."""

    pair: Stored
    seen: str


@dataclass(frozen=True, kw_only=True)
class FileTold:
    """`file_pk` is the oldest visit of the file, seen or not: joined or taken apart, each side has
    a name that lasts."""

    file_pk: uuid.UUID
    visits: Sequence[Visit]
    """The newest first."""
    joins: Sequence[JoinTold]
    contradictions: Sequence[Stored]
    """Two of these visits were called different people."""
    open_pairs: Sequence[Stored]
    """One of these visits, and perhaps another."""
    words: Sequence[Word]


def get_file(session: Session, actor: Actor, project_id: int, mention_pk: uuid.UUID) -> FileTold:
    """By any of its visits. Of those out of reach, removed or erased nothing is told. Raises
    NOT_FOUND where the one that is asked for is such."""
    policy.demand(actor, Act.PERSON_PAIRS, project_id)
    reach = policy.reach(actor, Act.PERSON_PAIRS, project_id)
    around = pairs.file_of(session, project_id, mention_pk)
    said = {one.both: one.verdict for one in around if one.verdict is not None}
    file = verdicts.together(verdicts.links(said)).get(mention_pk, frozenset({mention_pk}))
    legs = {leg for one in around for leg in one.both} | file
    told = visits.list_visits(session, project_id, legs, reach, persons.today())
    if mention_pk not in told:
        raise Problem(NOT_FOUND)
    shown = [one for one in around if told.keys() >= {*one.both}]
    inside = [one for one in shown if file.issuperset(one.both)]
    odd = verdicts.contradicted(said)
    joins = [one for one in inside if one.verdict is Verdict.SAME]
    seen = seen_of(session, project_id, joins)
    return FileTold(
        file_pk=min(file),
        visits=sorted(
            (one for key, one in told.items() if key in file),
            key=lambda one: (one.happened_on, one.mention_pk),
            reverse=True,
        ),
        joins=[JoinTold(pair=one, seen=seen[one.pair_pk]) for one in joins],
        contradictions=[one for one in inside if one.both in odd],
        open_pairs=[one for one in shown if one.is_open],
        words=visits.list_words(session, project_id, [one.pair_pk for one in shown]),
    )
