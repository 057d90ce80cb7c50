"""Two visits that no key lets meet: somebody puts them beside each other, and says why."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, clock
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.persons import actions as persons
from service.persons import matching
from service.persons.queries import pairs, visits
from service.persons.reasons import BY_HAND
from service.persons.verdicts import Verdict


def put_together(
    session: Session,
    actor: Actor,
    project_id: int,
    first: uuid.UUID,
    second: uuid.UUID,
    reason: str,
) -> uuid.UUID:
    """An open pair of these two; that they are one person is said of it as of any other, by two
    people. Answers its key, that of the pair that there is already, too. Raises NOT_FOUND where one
    is out of reach, INVALID_PARAMETER for two of one record (whoever filled it in saw both), for
    one visit alone, and for a reason that is none."""
    policy.demand(actor, Act.PERSON_DECIDE, project_id)
    if reason not in BY_HAND:
        raise Problem(INVALID_PARAMETER, name="reason", reason=", ".join(BY_HAND))
    reach, on = policy.reach(actor, Act.PERSON_DECIDE, project_id), persons.today()
    told = visits.list_visits(session, project_id, {first, second}, reach, on)
    if not told.keys() >= {first, second}:
        raise Problem(NOT_FOUND)
    if told[first].record_pk == told[second].record_pk:
        raise Problem(INVALID_PARAMETER, name="second", reason="somebody of another record")
    both = pairs.both(first, second)
    held = pairs.find_of(session, project_id, both)
    if held is not None and held.verdict is not None:
        return held.pair_pk
    score, found = _compared(session, project_id, [told[leg] for leg in both])
    pair_pk = pairs.put_one(session, project_id, both, score, (reason, *found), clock.now())
    who = actor.person_id
    # A word is said of it, so it stays although comparing does not find it.
    pairs.say(session, project_id, pair_pk, Verdict.AGAIN, who, clock.now())
    audit.record(
        session,
        project_id=project_id,
        actor_id=who,
        action=Act.PERSON_DECIDE,
        subject=pair_pk,
        verdict=Verdict.AGAIN.value,
        before="",
        reason=reason,
        persons=[str(leg) for leg in both],
    )
    return pair_pk


def _compared(
    session: Session, project_id: int, both: list[visits.Visit]
) -> tuple[int, tuple[str, ...]]:
    """How likely they are one, by the rules, and why; 0 where the team may not look at both."""
    told = persons.tell(session, project_id, [one.submission_pk for one in both])
    by_place = {(one.submission_pk, one.standing.ordinal): one.described for one in told}
    described = [by_place.get((one.submission_pk, one.ordinal)) for one in both]
    if described[0] is None or described[1] is None:
        return 0, ()
    match = matching.match(described[0], described[1])
    return round(match.score * 1000), match.reasons
