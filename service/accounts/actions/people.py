"""People and the roles they hold."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import credentials, policy, queries, ranks
from service.accounts.actions import outside
from service.accounts.actions.ending import end_sign_ins
from service.accounts.actions.invitations import add_setup_link
from service.accounts.actions.projects import flush_new, get_project
from service.accounts.actor import SITE, Actor, Role
from service.accounts.policy import Act
from service.accounts.queries.people import list_people
from service.accounts.ranks import HUMAN_ROLES
from service.accounts.reach import WHOLE_PROJECT, is_area
from service.accounts.tables import ActorKind, Grant, User
from service.foundation import audit, clock
from service.foundation.problems import (
    ALREADY_EXISTS,
    COORDINATOR_PROLONGS,
    INVALID_PARAMETER,
    NOT_ABOVE,
    NOT_FOUND,
    USER_UNKNOWN,
    Problem,
)


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """Somebody who may come in. `token` of her one-time link; None where she has a password."""

    user_id: int
    token: str | None = field(default=None, repr=False)


def create_user(
    session: Session,
    actor: Actor,
    email: str,
    role: Role,
    project_id: int | None = None,
    password: str | None = None,
    name: str = "",
    area: str = WHOLE_PROJECT,
    ends_at: dt.datetime | None = None,
) -> User:
    """A person with one role. Raises ALREADY_EXISTS, INVALID_PARAMETER, PROJECT_UNKNOWN,
    PASSWORD_GUESSABLE, NOT_ABOVE."""
    if project_id is None and role != Role.ADMIN:
        raise Problem(INVALID_PARAMETER, name="project", reason="only admin needs no project")
    scope = _demand_may_give(session, actor, role, project_id, None, area)
    _demand_to_come(ends_at)
    address = normalise_email(email)
    if queries.find_user(session, address) is not None:
        raise Problem(ALREADY_EXISTS, what=f"User {address}")
    shown = " ".join(unicodedata.normalize("NFC", name).split())[:120] or address.split("@")[0]
    actor_id = queries.insert_actor(session, ActorKind.USER, shown, clock.now())
    names = (address, address.split("@")[0], shown)
    user = User(
        id=actor_id,
        email=address,
        password_hash=credentials.hash_password(password, names) if password else None,
    )
    session.add(user)
    flush_new(session, f"User {address}")
    key, now = (user.id, scope, role, area), clock.now()
    session.add(
        Grant(
            user_id=user.id,
            project_id=scope,
            role=role.value,
            area=area,
            ends_at=ends_at,
            granted_by=actor.id,
            granted_at=now,
            waits=outside.waits(session, actor, key),
        )
    )
    outside.note(session, actor, key, now)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="user.create",
        subject=user.id,
        role=role.value,
        **_terms(area, ends_at),
    )
    return user


def invite(
    session: Session,
    actor: Actor,
    project_id: int,
    email: str,
    role: Role,
    name: str = "",
    area: str = WHOLE_PROJECT,
    ends_at: dt.datetime | None = None,
) -> Invitation:
    """Somebody for a project: a new person with a one-time link, or one who is here already and
    gets the role; it may wait for a coordinator's agreement. Raises INVALID_PARAMETER, NOT_ABOVE.
    """
    policy.demand(actor, Act.USER_MANAGE, project_id)
    known = queries.find_user(session, normalise_email(email))
    if known is None:
        known = create_user(
            session, actor, email, role, project_id, name=name, area=area, ends_at=ends_at
        )
        return Invitation(user_id=known.id, token=add_setup_link(session, actor, known))
    grant(session, actor, known.id, role, project_id, area, ends_at)
    may_link = may_manage(session, actor, known.id) and outside.may_link(session, actor, known.id)
    if known.password_hash is not None or not may_link:
        return Invitation(user_id=known.id)
    return Invitation(user_id=known.id, token=add_setup_link(session, actor, known))


def grant(
    session: Session,
    actor: Actor,
    user_id: int,
    role: Role,
    project_id: int,
    area: str = WHOLE_PROJECT,
    ends_at: dt.datetime | None = None,
) -> None:
    """Give a person one more role in a project, perhaps in one area of it, perhaps until a moment.
    One that reads people, from somebody who reads none there, is told to coordinators, and waits
    for the agreement of one where there is one (`outside`).

    Again is no error: it sets the end anew. Raises PROJECT_UNKNOWN, INVALID_PARAMETER, NOT_ABOVE,
    COORDINATOR_PROLONGS.
    """
    _demand_may_give(session, actor, role, project_id, user_id, area)
    _demand_to_come(ends_at)
    key, now = (user_id, project_id, role, area), clock.now()
    waits = outside.waits(session, actor, key)
    if waits and queries.would_last_longer(session, key, ends_at, now):
        raise Problem(COORDINATOR_PROLONGS)
    if not queries.put_grant(session, key, ends_at, actor.id, now, waits=waits):
        return
    outside.note(session, actor, key, now)
    outside.end_links(session, actor, role, project_id, user_id)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="user.grant",
        subject=user_id,
        role=role.value,
        **_terms(area, ends_at),
    )


def revoke_grant(
    session: Session,
    actor: Actor,
    user_id: int,
    role: Role,
    project_id: int | None,
    area: str = WHOLE_PROJECT,
) -> None:
    """Take a role from a person, from the next request on. Raises NOT_FOUND, NOT_ABOVE."""
    scope = SITE if project_id is None else project_id
    policy.demand(actor, Act.USER_MANAGE, project_id)
    key = (user_id, scope, role, area)
    if not queries.has_grant(session, key):
        raise Problem(NOT_FOUND)
    if not ranks.may_give(actor, role, scope, user_id, area):
        raise Problem(NOT_ABOVE)
    if not outside.take(session, actor, key):
        return  # somebody else just did, and wrote it down
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="user.revoke_grant",
        subject=user_id,
        role=role.value,
        **_terms(area),
    )


def make_link(session: Session, actor: Actor, project_id: int, user_id: int) -> str:
    """A one-time link for somebody below; those made before work no more. Raises NOT_FOUND,
    NOT_ABOVE, COORDINATOR_MAKES_LINK."""
    user = _managed(session, actor, project_id, user_id)
    outside.demand_may_link(session, actor, user_id)
    return add_setup_link(session, actor, user)


def set_active(
    session: Session, actor: Actor, project_id: int, user_id: int, *, is_active: bool
) -> None:
    """Switch an account off, at once and everywhere, or on again."""
    user = _managed(session, actor, project_id, user_id)
    user.is_active = is_active
    if not is_active:
        end_sign_ins(session, user_id)
    action = "user.switch_on" if is_active else "user.switch_off"
    audit.record(session, project_id=project_id, actor_id=actor.id, action=action, subject=user_id)


def end_sessions_of(session: Session, actor: Actor, project_id: int, user_id: int) -> None:
    """Sign somebody out everywhere."""
    _managed(session, actor, project_id, user_id)
    end_sign_ins(session, user_id)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="user.end_sessions",
        subject=user_id,
    )


def may_manage(session: Session, actor: Actor, user_id: int) -> bool:
    return ranks.may_manage(actor, user_id, queries.list_held(session, user_id))


def _managed(session: Session, actor: Actor, project_id: int, user_id: int) -> User:
    """Somebody of the project who stands below the actor. Raises NOT_FOUND, NOT_ABOVE."""
    policy.demand(actor, Act.USER_MANAGE, project_id)
    if not list_people(session, project_id, clock.now(), user_id):
        raise Problem(NOT_FOUND)
    if not may_manage(session, actor, user_id):
        raise Problem(NOT_ABOVE)
    return session.get_one(User, user_id)


def _terms(area: str, ends_at: dt.datetime | None = None) -> dict[str, str]:
    """Where and until when, for the audit log; left out where there is no limit."""
    terms = {"area": area, "until": clock.iso(ends_at) if ends_at else ""}
    return {name: value for name, value in terms.items() if value}


def _demand_to_come(ends_at: dt.datetime | None) -> None:
    if ends_at is not None and ends_at <= clock.now():
        raise Problem(INVALID_PARAMETER, name="until", reason="it is over already")


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


def _demand_may_give(
    session: Session,
    actor: Actor,
    role: Role,
    project_id: int | None,
    user_id: int | None,
    area: str = WHOLE_PROJECT,
) -> int:
    """Answers the place of the grant. A role in a project that is not there would come to life
    with the project; and SITE means every project."""
    policy.demand(actor, Act.USER_MANAGE, project_id)
    if role not in HUMAN_ROLES:
        raise Problem(INVALID_PARAMETER, name="role", reason=f"{role} is not a role of people")
    if area != WHOLE_PROJECT and (not is_area(area) or role is Role.ADMIN):
        raise Problem(INVALID_PARAMETER, name="area", reason="a province, district or commune")
    if project_id is not None:
        get_project(session, project_id)
    scope = SITE if project_id is None else project_id
    if not ranks.may_give(actor, role, scope, user_id, area):
        raise Problem(NOT_ABOVE)
    return scope
