"""Every SQL statement about people and projects; phones and scripts have modules of their own."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import second_factor
from service.accounts.actor import SITE, Actor, Role
from service.accounts.held import bearing
from service.accounts.queries.devices import find_device
from service.accounts.queries.grants import (
    HELD,
    EmergencyListed,
    Member,
    delete_grant,
    end_emergency,
    find_open,
    has_emergency,
    has_grant,
    held_of,
    insert_emergency,
    list_emergencies,
    list_held,
    list_members,
    list_names,
    put_grant,
    would_last_longer,
)
from service.accounts.queries.phones import AppUserRow, get_project_of_app_user, list_app_users
from service.accounts.tables import (
    ActorKind,
    ActorRow,
    Grant,
    Passkey,
    Project,
    RecoveryCode,
    RefreshToken,
    SecondFactor,
    SetupLink,
    SignIn,
    User,
)
from service.foundation.formats.collation import sort_key

Connected = Session | sa.Connection

__all__ = [
    "AppUserRow",
    "EmergencyListed",
    "Member",
    "delete_grant",
    "end_emergency",
    "find_device",
    "find_open",
    "find_project",
    "find_project_by_slug",
    "find_setup_link",
    "find_signed_in",
    "find_user",
    "get_name",
    "get_project_of_app_user",
    "has_emergency",
    "has_grant",
    "insert_actor",
    "insert_emergency",
    "list_app_users",
    "list_emergencies",
    "list_held",
    "list_members",
    "list_names",
    "list_projects",
    "list_projects_of",
    "put_grant",
    "use_setup_link",
    "would_last_longer",
]


def insert_actor(session: Session, kind: ActorKind, name: str, now: dt.datetime) -> int:
    row = ActorRow(kind=kind, display_name=name, created_at=now)
    session.add(row)
    session.flush()
    return row.id


def find_user(session: Session, email: str) -> User | None:
    return session.scalar(sa.select(User).where(User.email == email))


def find_user_id(session: Session, email: str) -> int | None:
    return session.scalar(sa.select(User.id).where(User.email == email))


def get_email(session: Session, user_id: int) -> str:
    return session.get_one(User, user_id).email


def find_hash(session: Session, user_id: int) -> str | None:
    return session.scalar(sa.select(User.password_hash).where(User.id == user_id))


def find_factor(
    session: Session, user_id: int, *, is_confirmed: bool = True
) -> SecondFactor | None:
    return session.get(SecondFactor, (user_id, is_confirmed))


def get_name(session: Session, actor_id: int) -> str:
    return session.scalar(sa.select(ActorRow.display_name).where(ActorRow.id == actor_id)) or str(
        actor_id
    )


def find_setup_link(session: Session, token_sha256: bytes, now: dt.datetime) -> SetupLink | None:
    return session.scalar(
        sa.select(SetupLink).where(
            SetupLink.token_sha256 == token_sha256,
            SetupLink.used_at.is_(None),
            SetupLink.expires_at > now,
        )
    )


def use_setup_link(session: Session, token_sha256: bytes, now: dt.datetime) -> bool:
    """Spend the link; False if somebody else just did."""
    done = session.execute(
        sa.update(SetupLink)
        .where(
            SetupLink.token_sha256 == token_sha256,
            SetupLink.used_at.is_(None),
            SetupLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SetupLink.user_id)
    )
    return done.first() is not None


def list_roles(session: Session, user_id: int) -> list[Role]:
    """Every role of a person, of whatever project."""
    found = session.scalars(sa.select(Grant.role).where(Grant.user_id == user_id))
    return [Role(role) for role in found]


def list_grants(session: Session, user_id: int) -> list[tuple[int, Role]]:
    """(project, role) of a person."""
    found = session.execute(sa.select(Grant.project_id, Grant.role).where(Grant.user_id == user_id))
    return [(row.project_id, Role(row.role)) for row in found]


def list_holding(session: Session, user_id: int) -> list[tuple[int, Role, str]]:
    """(project, role, area) of a person, without those that wait for agreement."""
    query = sa.select(Grant.project_id, Grant.role, Grant.area)
    held = query.where(Grant.user_id == user_id, ~Grant.waits)
    return [(row.project_id, Role(row.role), row.area) for row in session.execute(held)]


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """One of a person's own sessions."""

    sign_in_pk: uuid.UUID
    created_at: dt.datetime
    seen_at: dt.datetime
    place: str
    client: str
    is_page: bool


def list_open_sessions(session: Session, user_id: int, now: dt.datetime) -> list[OpenSession]:
    """The last used one first."""
    rows = session.scalars(
        sa.select(SignIn)
        .where(
            SignIn.user_id == user_id,
            SignIn.ended_at.is_(None),
            SignIn.expires_at > now,
            SignIn.idle_until > now,
        )
        .order_by(SignIn.seen_at.desc())
    )
    return [
        OpenSession(
            sign_in_pk=row.sign_in_pk,
            created_at=row.created_at,
            seen_at=row.seen_at,
            place=row.place,
            client=row.client,
            is_page=row.cookie_sha256 is not None,
        )
        for row in rows
    ]


def has_refresh_token(session: Session, token_sha256: bytes) -> bool:
    """Whether there ever was one, used or not."""
    return session.get(RefreshToken, token_sha256) is not None


def list_passkeys(session: Session, user_id: int) -> list[Passkey]:
    """The oldest first."""
    rows = sa.select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.made_at)
    return list(session.scalars(rows))


def count_recovery_codes(session: Session, user_id: int) -> int:
    """How many are left."""
    left = sa.select(sa.func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(left) or 0


def names_of(session: Session, user_id: int) -> list[str]:
    """What a password must not be: names and addresses of the person and of her projects."""
    person = session.execute(
        sa.select(User.email, ActorRow.display_name)
        .join(ActorRow, ActorRow.id == User.id)
        .where(User.id == user_id)
    ).one()
    projects = session.scalars(
        sa.select(Project.name)
        .join(Grant, Grant.project_id == Project.id)
        .where(Grant.user_id == user_id)
    )
    return [person.email, person.email.partition("@")[0], person.display_name, *projects]


_SIGNED_IN = (
    sa.select(
        User.id,
        ActorRow.display_name,
        User.language,
        SignIn.sign_in_pk,
        SignIn.factor_at,
        SignIn.seen_at,
        SecondFactor.made_at.label("factor_since"),
        *HELD.c,
    )
    .join(SignIn, SignIn.user_id == User.id)
    .join(ActorRow, ActorRow.id == User.id)
    .outerjoin(SecondFactor, sa.and_(SecondFactor.user_id == User.id, SecondFactor.is_confirmed))
    .outerjoin(HELD, HELD.c.holder == User.id)
    .where(
        SignIn.ended_at.is_(None),
        SignIn.expires_at > sa.bindparam("now"),
        SignIn.idle_until > sa.bindparam("now"),
        User.is_active,
    )
)
"""Made once: every request of a person asks it."""
_BY_SIGN_IN = _SIGNED_IN.where(SignIn.sign_in_pk == sa.bindparam("sign_in_pk"))
_BY_TOKEN = _BY_SIGN_IN.where(SignIn.secret_sha256 == sa.bindparam("secret"))
_BY_COOKIE = _SIGNED_IN.where(SignIn.cookie_sha256 == sa.bindparam("cookie"))


def find_signed_in(session: Connected, sign_in_pk: uuid.UUID, now: dt.datetime) -> Actor | None:
    """The person behind a sign-in that has neither ended nor expired, with what they hold now."""
    return _signed_in(session, _BY_SIGN_IN, now, sign_in_pk=sign_in_pk)


def find_by_access_token(
    session: Connected, sign_in_pk: uuid.UUID, secret_sha256: bytes, now: dt.datetime
) -> Actor | None:
    """The same by what an access token says: its session, and that session's secret."""
    return _signed_in(session, _BY_TOKEN, now, sign_in_pk=sign_in_pk, secret=secret_sha256)


def find_by_cookie(session: Connected, cookie_sha256: bytes, now: dt.datetime) -> Actor | None:
    """The same by the cookie of a page."""
    return _signed_in(session, _BY_COOKIE, now, cookie=cookie_sha256)


def _signed_in(
    session: Connected, query: sa.Select[Any], now: dt.datetime, **which: Any
) -> Actor | None:
    connection = session.connection() if isinstance(session, Session) else session
    rows = connection.execute(query, {"now": now, **which}).all()
    if not rows:
        return None
    first, given = rows[0], bearing((held_of(row) for row in rows if row.role is not None), now)
    of_emergencies = (one.role for one in given.emergencies)
    return Actor(
        id=first.id,
        name=first.display_name,
        language=first.language,
        roles=given.roles,
        areas=given.areas,
        emergencies=given.emergencies,
        sign_in_pk=first.sign_in_pk,
        due=second_factor.due(
            itertools.chain(*given.roles.values(), of_emergencies),
            has_factor=first.factor_since is not None,
            is_proven=first.factor_at is not None,
        ),
        is_fresh=first.factor_at is not None and now - first.factor_at <= second_factor.FRESH,
        seen_at=first.seen_at,
    )


def find_person(session: Connected, user_id: int, now: dt.datetime) -> Actor | None:
    """A person with what they hold now, whether or not they are signed in: for work that they
    asked for and that is done later. Lacks what only a session has."""
    rows = session.execute(
        sa.select(User.id, ActorRow.display_name, User.language, *HELD.c)
        .join(ActorRow, ActorRow.id == User.id)
        .outerjoin(HELD, HELD.c.holder == User.id)
        .where(User.id == user_id, User.is_active)
    ).all()
    if not rows:
        return None
    given = bearing((held_of(row) for row in rows if row.role is not None), now)
    return Actor(
        id=rows[0].id,
        name=rows[0].display_name,
        language=rows[0].language,
        roles=given.roles,
        areas=given.areas,
        emergencies=given.emergencies,
    )


def list_projects(session: Session) -> list[Project]:
    return list(session.scalars(sa.select(Project).order_by(Project.id)))


def list_projects_of(session: Session, actor: Actor) -> list[Project]:
    """Projects in which the actor has a role; all of them for roles of the installation."""
    query = sa.select(Project)
    if not actor.roles.get(SITE):
        theirs = {*actor.roles, *(one.project_id for one in actor.emergencies)}
        query = query.where(Project.id.in_(sorted(theirs)))
    return sorted(session.scalars(query), key=lambda one: (sort_key(one.name), one.id))


def find_project(session: Session, project_id: int) -> Project | None:
    return session.get(Project, project_id)


def find_project_by_slug(session: Session, slug: str) -> Project | None:
    return session.scalar(sa.select(Project).where(Project.slug == slug))
