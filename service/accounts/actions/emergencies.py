"""Access for a day (break-glass): given by a coordinator, told to all of them, over by itself."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from service.accounts import policy, queries
from service.accounts.actor import Actor, Role
from service.accounts.held import Reason
from service.accounts.policy import Act
from service.accounts.tables import EmergencyRow
from service.foundation import audit, clock
from service.foundation.problems import (
    BUSY,
    INVALID_PARAMETER,
    NOT_ALLOWED,
    NOT_FOUND,
    Problem,
)

EMERGENCY_LIFE = dt.timedelta(hours=24)
EMERGENCY_TOLD = dt.timedelta(days=7)
"""How long coordinators are reminded of it after it ended."""
EMERGENCY_ROLES = (Role.REVIEWER, Role.ANALYST)
"""What it may read like: everything that reviewers see, or figures alone."""
RECORD_ROLE = Role.REVIEWER
"""What access to one record reads like."""


def open_emergency(
    session: Session,
    actor: Actor,
    project_id: int,
    user_id: int,
    role: Role,
    reason: Reason,
    record: uuid.UUID | None = None,
) -> int:
    """Let a person read in the project for EMERGENCY_LIFE, or one record of it, by the key of its
    first version. Answers its id; where the same is open already, that one's, and nothing is
    written.

    Raises NOT_ALLOWED for oneself, NOT_FOUND for who is not of this team, INVALID_PARAMETER for a
    role that is more than reading.
    """
    policy.demand(actor, Act.EMERGENCY_OPEN, project_id)
    if actor.id is None or user_id == actor.id:
        raise Problem(NOT_ALLOWED)  # a shell is nobody that others could ask why
    if role not in EMERGENCY_ROLES:
        raise Problem(INVALID_PARAMETER, name="role", reason=", ".join(EMERGENCY_ROLES))
    members = queries.list_members(session, project_id)
    if not any(one.id == user_id and one.is_active for one in members):
        raise Problem(NOT_FOUND)
    now = clock.now()
    key = f"{project_id}:{user_id}:{role}:{record or ''}"
    row = {
        "project_id": project_id,
        "user_id": user_id,
        "role": role.value,
        "reason": reason.value,
        "granted_by": actor.id,
        "granted_at": now,
        "ends_at": now + EMERGENCY_LIFE,
        "record_pk": record,
        "open_key": key,
    }
    opened = queries.insert_emergency(session, row, now)
    if opened is None:
        return _open_already(session, key)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.EMERGENCY_OPEN,
        subject=opened,
        user=user_id,
        role=role.value,
        purpose=reason.value,
        **({} if record is None else {"record": str(record)}),
    )
    return opened


def _open_already(session: Session, key: str) -> int:
    found = queries.find_open(session, key)
    if found is None:  # ended between the two statements: whoever pressed did not see that
        raise Problem(BUSY)
    return found


def end_emergency(session: Session, actor: Actor, project_id: int, emergency_id: int) -> None:
    """End it before its time, from the next request on. Again is no error. Raises NOT_FOUND."""
    policy.demand(actor, Act.EMERGENCY_OPEN, project_id)
    if not queries.has_emergency(session, project_id, emergency_id):
        raise Problem(NOT_FOUND)
    if queries.end_emergency(session, emergency_id, clock.now()):
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action="emergency.end",
            subject=emergency_id,
        )


def note_emergency_reads(
    session: Session, actor: Actor, project_id: int, act: Act, route: str, thing: str
) -> None:
    """Write down that somebody with access for a day is about to read. Doors call it, in a unit
    of work, before anything is looked up: what cannot be written down is not shown.

    `thing`: the id in the address, "" where it has none.
    """
    for one in policy.emergencies_noted(actor, act, project_id):
        row = session.get(EmergencyRow, one.id)
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action="emergency.read",
            subject=one.id,
            act=act.value,
            route=route,
            thing=thing,
            purpose=row.reason if row else "",
        )
