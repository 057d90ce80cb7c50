"""The verbs of accounts. Each asks the policy and leaves one audit entry of its name."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.accounts import credentials, policy, queries
from service.accounts.actor import SITE, Actor, Role
from service.accounts.policy import Act
from service.accounts.tables import (
    ActorKind,
    AppUser,
    AppUserForm,
    Grant,
    Project,
    SetupLink,
    SignIn,
    User,
)
from service.foundation import audit, clock, ids
from service.foundation.problems import (
    ALREADY_EXISTS,
    INVALID_PARAMETER,
    NOT_FOUND,
    PROJECT_UNKNOWN,
    TOO_MANY_REQUESTS,
    USER_UNKNOWN,
    Problem,
)

SIGN_IN_LIFE = dt.timedelta(hours=12)
SETUP_LIFE = dt.timedelta(hours=24)
DEVICE_LIFE = dt.timedelta(days=90)
FREE_FAILURES = 5
LONGEST_BLOCK_S = 15 * 60
HUMAN_ROLES = frozenset(Role) - {Role.DEVICE, Role.SYSTEM}


@dataclass(frozen=True, kw_only=True)
class NewAppUser:
    """A phone just made. The token is shown once and kept nowhere."""

    id: int
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class NewSignIn:
    """A session just opened."""

    user_id: int
    token: str = field(repr=False)
    created_at: dt.datetime
    expires_at: dt.datetime


def create_project(session: Session, actor: Actor, name: str, language: str = "km") -> Project:
    """A project with a slug made from its name, or numbered where the name has no Latin letters.
    Raises ALREADY_EXISTS, INVALID_PARAMETER."""
    policy.demand(actor, Act.PROJECT_CREATE)
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name:
        raise Problem(INVALID_PARAMETER, name="name", reason="a project needs a name")
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60]
    project = Project(
        name=name,
        slug=slug or f"new-{ids.new_uuid().hex}",
        language=language,
        created_at=clock.now(),
    )
    session.add(project)
    _flush_new(session, f"Project “{name}”")
    if not slug:
        project.slug = f"project-{project.id}"
        _flush_new(session, f"Project “{project.slug}”")
    audit.record(
        session,
        project_id=project.id,
        actor_id=actor.id,
        action=Act.PROJECT_CREATE,
        subject=project.id,
    )
    return project


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
    _flush_new(session, f"User {address}")
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


def _check_grant(session: Session, role: Role, project_id: int | None) -> None:
    """A role in a project that is not there would come to life with the project."""
    if role not in HUMAN_ROLES:
        raise Problem(INVALID_PARAMETER, name="role", reason=f"{role} is not a role of people")
    if project_id is not None:
        get_project(session, project_id)


def get_project(session: Session, project_id: int) -> Project:
    """Raises PROJECT_UNKNOWN. For the host's shell: others are not told what is there."""
    project = queries.find_project(session, project_id)
    if project is None:
        raise Problem(PROJECT_UNKNOWN, project_id=project_id)
    return project


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


def create_setup_link(session: Session, actor: Actor, user_id: int) -> str:
    """The token of a one-time link by which the person sets a password; valid SETUP_LIFE."""
    policy.demand(actor, Act.USER_MANAGE)
    token = credentials.new_link_token()
    session.add(
        SetupLink(
            token_sha256=credentials.token_sha256(token),
            user_id=user_id,
            expires_at=clock.now() + SETUP_LIFE,
        )
    )
    audit.record(session, actor_id=actor.id, action="user.invite", subject=user_id)
    return token


def use_setup_link(session: Session, token: str, password_hash: str) -> User:
    """Set the password of the person whom the link names, once. Raises NOT_FOUND.

    Takes the hash (`credentials.hash_password`), made before the unit of work: hashing takes a
    tenth of a second, and SQLite's only writer must not wait for it.
    """
    key = credentials.token_sha256(token)
    link = queries.find_setup_link(session, key, clock.now())
    if link is None or not queries.use_setup_link(session, key, clock.now()):
        raise Problem(NOT_FOUND)
    user = session.get_one(User, link.user_id)
    user.password_hash = password_hash
    user.failures, user.blocked_until = 0, None
    _end_sign_ins(session, user.id)
    audit.record(session, actor_id=user.id, action="user.set_password", subject=user.id)
    return user


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a try to sign in, before anything is written."""

    user_id: int | None
    is_right: bool
    new_hash: str | None = field(default=None, repr=False)
    """The password hashed again, where today's parameters are stronger."""


def check_password(session: Session, email: str, password: str) -> Verdict:
    """First half of signing in, for a reading session. Raises TOO_MANY_REQUESTS while blocked."""
    user = queries.find_user(session, unicodedata.normalize("NFC", email).strip().casefold())
    if user is not None:
        _refuse_while_blocked(user, clock.now())
    right = credentials.verify_password(user.password_hash if user else None, password)
    new_hash = None
    if user and right and user.password_hash and credentials.needs_rehash(user.password_hash):
        new_hash = credentials.hash_password(password)
    is_right = user is not None and right and user.is_active
    return Verdict(user_id=user.id if user else None, is_right=is_right, new_hash=new_hash)


def sign_in(session: Session, jwt_key: str, verdict: Verdict) -> NewSignIn | None:
    """Second half: a session, or None and one more failure counted.

    Five wrong passwords block the account for 60 s, doubling to 15 min, never for good.
    """
    now = clock.now()
    user = session.get(User, verdict.user_id) if verdict.user_id is not None else None
    if user is None or not verdict.is_right:
        if user is not None:
            _count_failure(session, user, now)
        return None
    _refuse_while_blocked(user, now)  # parallel tries may have failed meanwhile
    user.failures, user.blocked_until = 0, None
    user.password_hash = verdict.new_hash or user.password_hash
    row = SignIn(
        sign_in_pk=ids.new_uuid(), user_id=user.id, created_at=now, expires_at=now + SIGN_IN_LIFE
    )
    session.add(row)
    audit.record(session, actor_id=user.id, action="user.sign_in", subject=user.id)
    claims = credentials.Claims(user_id=user.id, sign_in_pk=row.sign_in_pk)
    return NewSignIn(
        user_id=user.id,
        token=credentials.issue_access_token(jwt_key, claims, now, SIGN_IN_LIFE),
        created_at=now,
        expires_at=row.expires_at,
    )


def _refuse_while_blocked(user: User, now: dt.datetime) -> None:
    if user.blocked_until is not None and user.blocked_until > now:
        seconds = int((user.blocked_until - now).total_seconds()) + 1
        raise Problem(TOO_MANY_REQUESTS, seconds=seconds)


def _count_failure(session: Session, user: User, now: dt.datetime) -> None:
    user.failures += 1
    if user.failures >= FREE_FAILURES:
        block_s = min(60 * 2 ** (user.failures - FREE_FAILURES), LONGEST_BLOCK_S)
        user.blocked_until = now + dt.timedelta(seconds=block_s)
    audit.record(session, actor_id=user.id, action="user.sign_in_failed", subject=user.id)


def sign_out(session: Session, actor: Actor) -> None:
    """End the session by which the actor came: cookie and access token alike, at once."""
    session.execute(
        sa.update(SignIn)
        .where(SignIn.sign_in_pk == actor.sign_in_pk, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    audit.record(session, actor_id=actor.id, action="user.sign_out", subject=actor.id)


def _end_sign_ins(session: Session, user_id: int) -> None:
    session.execute(
        sa.update(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def create_app_user(
    session: Session, actor: Actor, project_id: int, name: str, form_ids: Sequence[str] | None
) -> NewAppUser:
    """Enrol a phone for some forms, or (None) for all forms of the project, later ones too."""
    policy.demand(actor, Act.DEVICE_MANAGE, project_id)
    label = unicodedata.normalize("NFC", name).strip()
    if not label or len(label) > 120:
        raise Problem(INVALID_PARAMETER, name="name", reason="1–120 characters")
    get_project(session, project_id)
    token = credentials.new_device_token()
    now = clock.now()
    app_user_id = queries.insert_actor(session, ActorKind.APP_USER, label, now)
    session.add(
        AppUser(
            id=app_user_id,
            project_id=project_id,
            token_sha256=credentials.token_sha256(token),
            all_forms=form_ids is None,
            created_by=actor.id,
            expires_at=now + DEVICE_LIFE,
        )
    )
    session.flush()
    session.add_all(
        AppUserForm(app_user_id=app_user_id, form_id=form_id) for form_id in set(form_ids or ())
    )
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="device.create",
        subject=app_user_id,
    )
    return NewAppUser(id=app_user_id, token=token)


def revoke_app_user(session: Session, actor: Actor, project_id: int, app_user_id: int) -> None:
    """End a phone's access, from its next request on. Again is no error. Raises NOT_FOUND."""
    policy.demand(actor, Act.DEVICE_MANAGE, project_id)
    row = session.get(AppUser, app_user_id)
    if row is None or row.project_id != project_id:
        raise Problem(NOT_FOUND)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action="device.revoke",
            subject=app_user_id,
        )


def _flush_new(session: Session, what: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise Problem(ALREADY_EXISTS, what=what) from error
