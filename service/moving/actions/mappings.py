"""How files of casualties are read, kept in a project under a name and used again."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, clock
from service.foundation.db import unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.moving.actions.casualty_files import read_mapping
from service.moving.casualties.mapping import Reading
from service.moving.queries import mappings as queries

LONGEST_NAME = 80


def get(session: Session, project_id: int, name: str) -> Reading:
    """Raises NOT_FOUND."""
    found = queries.find(session, project_id, name)
    if found is None:
        raise Problem(NOT_FOUND)
    return read_mapping(found)


def keep(actor: Actor, project_id: int, name: str, reading: Reading) -> None:
    """In the place of what had the name. Raises INVALID_PARAMETER."""
    policy.demand(actor, Act.MOVE_IN, project_id)
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Problem(INVALID_PARAMETER, name="name", reason=f"1 to {LONGEST_NAME} signs")
    with unit_of_work() as session:
        told = reading.to_keep()
        queries.put(session, project_id, name, told, actor.id, clock.now())
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action="moving.mapping_keep",
            subject=project_id,
        )
