"""Many records removed at once, in a few statements: what an import brought."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities.queries import erasing as entities
from service.facts import queries as facts
from service.foundation import audit, clock
from service.foundation.problems import NOT_ALLOWED, Problem
from service.intake.queries import trash
from service.review.queries import changes
from service.review.removing import Why
from service.review.states import What


def remove_untouched(
    session: Session,
    actor: Actor,
    project_id: int,
    submission_pks: Collection[uuid.UUID],
    why: Why,
) -> list[uuid.UUID]:
    """What `remove_record` does, to those of these that stand as they came; which they were. For
    whoever may remove records anywhere in the project. Raises NOT_ALLOWED."""
    policy.demand(actor, Act.RECORD_REMOVE, project_id)
    if not policy.reach(actor, Act.RECORD_REMOVE, project_id).is_whole:
        raise Problem(NOT_ALLOWED)
    found = trash.lock_first_versions(session, project_id, submission_pks)
    keys = [one.submission_pk for one in found]
    if not keys:
        return []
    connection = session.connection()
    trash.set_all_deleted(session, project_id, keys, clock.now())
    entities.touch_of_records(connection, project_id, keys)
    facts.keep_codes(connection, project_id, keys)
    facts.delete_facts(connection, [(project_id, key) for key in keys])
    for key in keys:
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action=Act.RECORD_REMOVE,
            subject=key,
            reason=why.value,
        )
    changes.insert_of_many(session, project_id, keys, What.REMOVED, actor.id, [why.value])
    return keys
