"""One proposes, another agrees. Whoever does what takes two asks here, in its own transaction."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.accounts.queries import actors
from service.foundation import audit, clock, ids
from service.foundation.problems import SECOND_PERSON_NEEDED, Problem
from service.review.four_eyes import OPEN_FOR, Kind, is_second
from service.review.queries import four_eyes as rows


def agree(
    session: Session, actor: Actor, project_id: int, kind: Kind, subject: uuid.UUID, seen: str
) -> bool:
    """Propose it, or agree to what another person proposed: whether it may be done now. `seen`:
    what the subject is; where it is another than was proposed, nobody agreed to anything. The right
    to it is the caller's to ask, and the lock on the subject. Raises SECOND_PERSON_NEEDED where the
    same person proposed it, by whichever account."""
    now, who = clock.now(), actor.person_id
    person = actors.find_person_behind(session, who)
    waiting = rows.find_waiting(session, project_id, kind, subject, lock=True)
    if waiting is not None and (waiting.seen != seen or waiting.expires_at <= now):
        rows.end(session, project_id, waiting.proposal_pk, now)
        waiting = None
    if waiting is None:
        _propose(session, project_id, kind, subject, seen, who, person)
        return False
    if not is_second(waiting.proposed_person, person):
        raise Problem(SECOND_PERSON_NEEDED)
    rows.end(session, project_id, waiting.proposal_pk, now, agreed_by=who)
    audit.record(
        session,
        project_id=project_id,
        actor_id=who,
        action="four_eyes.agree",
        subject=subject,
        kind=kind.value,
        proposed_by=waiting.proposed_by,
    )
    return True


def _propose(
    session: Session,
    project_id: int,
    kind: Kind,
    subject: uuid.UUID,
    seen: str,
    who: int,
    person: int,
) -> None:
    now = clock.now()
    rows.insert(
        session,
        {
            "project_id": project_id,
            "proposal_pk": ids.new_uuid(),
            "kind": kind.value,
            "subject": subject,
            "seen": seen,
            "proposed_by": who,
            "proposed_person": person,
            "proposed_at": now,
            "expires_at": now + OPEN_FOR,
        },
    )
    audit.record(
        session,
        project_id=project_id,
        actor_id=who,
        action="four_eyes.propose",
        subject=subject,
        kind=kind.value,
    )


def withdraw(session: Session, project_id: int, kind: Kind, subject: uuid.UUID) -> None:
    """Whatever was proposed of it is void: something else was decided."""
    waiting = rows.find_waiting(session, project_id, kind, subject, lock=True)
    if waiting is not None:
        rows.end(session, project_id, waiting.proposal_pk, clock.now())
