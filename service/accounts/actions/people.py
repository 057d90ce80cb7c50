"""People and the roles they hold."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy.orm import Session

from service.accounts import credentials, policy, queries
from service.accounts.actions.projects import flush_new, get_project
from service.accounts.actor import SITE, Actor, Role
from service.accounts.policy import Act
from service.accounts.tables import ActorKind, Grant, User
from service.foundation import audit, clock
from service.foundation.problems import (
    ALREADY_EXISTS,
    INVALID_PARAMETER,
    NOT_FOUND,
    USER_UNKNOWN,
    Problem,
)

HUMAN_ROLES = frozenset(Role) - {Role.DEVICE, Role.SYSTEM}


def create_user(
    session: Session,
    actor: Actor,
    email: str,
    role: Role,
    project_id: int | None = None,
    password: str | None = None,
) -> User:
    """A person with one role. Raises ALREADY_EXISTS, INVALID_PARAMETER, PROJECT_UNKNOWN."""
    policy.demand(actor, Act.USER_MANAGE)
    if project_id is None and role != Role.ADMIN:
        raise Problem(INVALID_PARAMETER, name="project", reason="only admin needs no project")
    _check_grant(session, role, project_id)
    address = normalise_email(email)
    if queries.find_user(session, address) is not None:
        raise Problem(ALREADY_EXISTS, what=f"User {address}")
    actor_id = queries.insert_actor(session, ActorKind.USER, address.split("@")[0], clock.now())
    user = User(
        id=actor_id,
        email=address,
        password_hash=credentials.hash_password(password) if password else None,
    )
    session.add(user)
    flush_new(session, f"User {address}")
    scope = SITE if project_id is None else project_id
    session.add(Grant(user_id=user.id, project_id=scope, role=role.value))
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="user.create",
        subject=user.id,
        role=role.value,
    )
    return user


def grant(session: Session, actor: Actor, user_id: int, role: Role, project_id: int) -> None:
    """Give a person one more role in a project; again is no error. Raises PROJECT_UNKNOWN."""
    policy.demand(actor, Act.USER_MANAGE)
    _check_grant(session, role, project_id)
    if session.get(Grant, (user_id, project_id, role.value)) is None:
        session.add(Grant(user_id=user_id, project_id=project_id, role=role.value))
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action="user.grant",
            subject=user_id,
            role=role.value,
        )


def revoke_grant(
    session: Session, actor: Actor, user_id: int, role: Role, project_id: int | None
) -> None:
    """Take a role from a person, from the next request on. Raises NOT_FOUND."""
    policy.demand(actor, Act.USER_MANAGE)
    scope = SITE if project_id is None else project_id
    held = session.get(Grant, (user_id, scope, role.value))
    if held is None:
        raise Problem(NOT_FOUND)
    session.delete(held)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="user.revoke_grant",
        subject=user_id,
        role=role.value,
    )


def get_user(session: Session, actor: Actor, email: str) -> User:
    """The person with that address. Raises NOT_FOUND."""
    policy.demand(actor, Act.USER_MANAGE)
    address = normalise_email(email)
    user = queries.find_user(session, address)
    if user is None:
        raise Problem(USER_UNKNOWN, email=address)
    return user


def normalise_email(email: str) -> str:
    address = unicodedata.normalize("NFC", email).strip().casefold()
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,189}", address):
        raise Problem(INVALID_PARAMETER, name="email", reason="not an e-mail address")
    return address


def _check_grant(session: Session, role: Role, project_id: int | None) -> None:
    """A role in a project that is not there would come to life with the project."""
    if role not in HUMAN_ROLES:
        raise Problem(INVALID_PARAMETER, name="role", reason=f"{role} is not a role of people")
    if project_id is not None:
        get_project(session, project_id)
