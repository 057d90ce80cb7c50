"""The audit log of a project, for those who answer for it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.reach import Reach
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.review import queries, walking
from service.review.queries import audit_log
from service.review.queries.audit_log import EntryTold


def list_entries(
    session: Session,
    actor: Actor,
    project_id: int,
    *,
    action: str | None,
    who: int | None,
    before: str | None,
    limit: int,
) -> tuple[list[EntryTold], str | None]:
    """A page, newest first, and the word for the next (None: there is none). It may hold fewer
    entries than there is room for, or none, and not be the last. Whoever is bound to an area sees
    what was done to records there, and what she did herself: other entries have no place. Whoever
    sees no record is told the key of none. Raises INVALID_PARAMETER."""
    policy.demand(actor, Act.AUDIT_READ, project_id)
    found, ends = audit_log.page(
        session, project_id, _ends(before), action=action, who=who, limit=limit
    )
    reach = policy.reach(actor, Act.AUDIT_READ, project_id)
    if not reach.is_whole:
        found = _within(session, actor, project_id, reach, found)
    if not policy.may(actor, Act.RECORD_READ, project_id):
        found = [_without_ids(one) for one in found]
    return found, walking.written(ends) or None


def _without_ids(one: EntryTold) -> EntryTold:
    """For the administrator, who sees no record, not even that it is the one of another entry."""
    kept = {name: value for name, value in one.details.items() if _key(str(value)) is None}
    return replace(one, subject="" if _key(one.subject) else one.subject, details=kept)


def _ends(before: str | None) -> walking.Ends | None:
    if before is None:
        return None
    try:
        return walking.read(before)
    except ValueError:
        raise Problem(
            INVALID_PARAMETER, name="before", reason="as the page before gave it"
        ) from None


def _within(
    session: Session, actor: Actor, project_id: int, reach: Reach, found: Sequence[EntryTold]
) -> list[EntryTold]:
    keys = {one.entry_pk: key for one in found if (key := _key(one.subject))}
    reached = queries.list_reached(session, project_id, set(keys.values()), reach)
    return [one for one in found if one.actor_id == actor.id or keys.get(one.entry_pk) in reached]


def _key(subject: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(subject)
    except ValueError:
        return None
