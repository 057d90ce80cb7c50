"""Somebody says of a pair: the same, another, not sure; or takes a join back."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.cases.actions import JOINED
from service.foundation import audit, clock, job_queue
from service.foundation.problems import REVIEW_OUTDATED, Problem
from service.persons.queries import pairs
from service.persons.verdicts import GIVEN, Verdict
from service.review.actions import four_eyes
from service.review.actions.persons.pairs import PairTold, get_pair
from service.review.four_eyes import Kind


def decide(
    session: Session,
    actor: Actor,
    project_id: int,
    pair_pk: uuid.UUID,
    verdict: Verdict,
    seen: str,
) -> bool:
    """Write it down; records stay as they are, and cases follow by a job. False: that they are
    the same waits for a second person. Taking a join back, and every other word, is one person's.
    Raises NOT_FOUND; REVIEW_OUTDATED where the pair is not what was `seen`, or is no join to be
    taken back; SECOND_PERSON_NEEDED."""
    told = get_pair(session, actor, project_id, pair_pk, Act.PERSON_DECIDE, lock=True)
    before = told.pair.verdict
    is_possible = before is Verdict.SAME if verdict is Verdict.APART else verdict in GIVEN
    if told.seen != seen or not is_possible:
        raise Problem(REVIEW_OUTDATED)
    if before is verdict:
        return True
    proposed_by = None
    if verdict is Verdict.SAME:
        proposed_by = told.waiting.proposed_by if told.waiting else None
        kind = Kind.JOIN_PERSONS
        if not four_eyes.agree(session, actor, project_id, kind, pair_pk, seen):
            return False
    else:
        four_eyes.withdraw(session, project_id, Kind.JOIN_PERSONS, pair_pk)
    _write(session, actor, project_id, told, verdict, proposed_by)
    return True


def _write(
    session: Session,
    actor: Actor,
    project_id: int,
    told: PairTold,
    verdict: Verdict,
    proposed_by: int | None,
) -> None:
    who, pair = actor.person_id, told.pair
    pairs.say(session, project_id, pair.pair_pk, verdict, who, clock.now(), proposed_by)
    if Verdict.SAME in (verdict, pair.verdict):
        for leg in pair.both:
            job_queue.enqueue(session, project_id=project_id, event=JOINED, subject=leg)
    audit.record(
        session,
        project_id=project_id,
        actor_id=who,
        action=Act.PERSON_DECIDE,
        subject=pair.pair_pk,
        verdict=verdict.value,
        before=pair.verdict.value if pair.verdict else "",
        persons=[str(leg) for leg in pair.both],
    )
