"""Every SQL statement about people, phones and projects."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.actor import SITE, Actor, Role
from service.accounts.tables import (
    ActorKind,
    ActorRow,
    AppUser,
    AppUserForm,
    Grant,
    Project,
    SetupLink,
    SignIn,
    User,
)
from service.foundation.db import look, reading
from service.foundation.prepared import Prepared
from service.foundation.problems import NOT_FOUND, Problem

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class AppUserRow:
    """A phone as coordinators see it. Its token is nowhere."""

    id: int
    name: str
    project_id: int
    all_forms: bool
    form_ids: tuple[str, ...]
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None


def insert_actor(session: Session, kind: ActorKind, name: str, now: dt.datetime) -> int:
    row = ActorRow(kind=kind, display_name=name, created_at=now)
    session.add(row)
    session.flush()
    return row.id


def find_user(session: Session, email: str) -> User | None:
    return session.scalar(sa.select(User).where(User.email == email))


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


def find_signed_in(session: Connected, sign_in_pk: uuid.UUID, now: dt.datetime) -> Actor | None:
    """The person behind a sign-in that has neither ended nor expired, with today's roles."""
    rows = session.execute(
        sa.select(User.id, ActorRow.display_name, User.language, Grant.project_id, Grant.role)
        .join(SignIn, SignIn.user_id == User.id)
        .join(ActorRow, ActorRow.id == User.id)
        .outerjoin(Grant, Grant.user_id == User.id)
        .where(
            SignIn.sign_in_pk == sign_in_pk,
            SignIn.ended_at.is_(None),
            SignIn.expires_at > now,
            User.is_active,
        )
    ).all()
    if not rows:
        return None
    roles: dict[int, set[Role]] = defaultdict(set)
    for row in rows:
        if row.role is not None:
            roles[row.project_id].add(Role(row.role))
    return Actor(
        id=rows[0].id,
        name=rows[0].display_name,
        language=rows[0].language,
        roles={project: frozenset(held) for project, held in roles.items()},
        sign_in_pk=sign_in_pk,
    )


_FIND_DEVICE = Prepared(
    sa.select(
        AppUser.id,
        AppUser.project_id,
        AppUser.all_forms,
        ActorRow.display_name,
        Project.language,
    )
    .join(ActorRow, ActorRow.id == AppUser.id)
    .join(Project, Project.id == AppUser.project_id)
    .where(
        AppUser.token_sha256 == sa.bindparam("token_sha256", type_=AppUser.token_sha256.type),
        AppUser.revoked_at.is_(None),
        AppUser.expires_at > sa.bindparam("now", type_=AppUser.expires_at.type),
    )
)


def find_device(token_sha256: bytes, now: dt.datetime) -> Actor | None:
    """The phone behind a token, unless revoked or expired. Asked at every request, so that a
    revocation acts on the next one."""
    row = look(_FIND_DEVICE, token_sha256=token_sha256, now=now)
    if row is None:
        return None
    app_user_id, project_id, all_forms, name, language = row
    return Actor(
        id=app_user_id,
        name=name,
        language=language,
        roles={project_id: frozenset({Role.DEVICE})},
        project_id=project_id,
        form_ids=None if all_forms else _forms_of_device(app_user_id),
    )


def _forms_of_device(app_user_id: int) -> frozenset[str]:
    with reading() as session:
        scope = sa.select(AppUserForm.form_id).where(AppUserForm.app_user_id == app_user_id)
        return frozenset(session.execute(scope).scalars())


def list_app_users(session: Session, project_id: int) -> list[AppUserRow]:
    """All phones of a project, newest first, in two statements."""
    scopes: dict[int, list[str]] = defaultdict(list)
    for app_user_id, form_id in session.execute(
        sa.select(AppUserForm.app_user_id, AppUserForm.form_id)
        .join(AppUser, AppUser.id == AppUserForm.app_user_id)
        .where(AppUser.project_id == project_id)
        .order_by(AppUserForm.form_id)
    ):
        scopes[app_user_id].append(form_id)
    rows = session.execute(
        sa.select(
            AppUser.id,
            ActorRow.display_name.label("name"),
            AppUser.project_id,
            AppUser.all_forms,
            ActorRow.created_at,
            AppUser.expires_at,
            AppUser.revoked_at,
        )
        .join(ActorRow, ActorRow.id == AppUser.id)
        .where(AppUser.project_id == project_id)
        .order_by(AppUser.id.desc())
    )
    return [AppUserRow(**row._mapping, form_ids=tuple(scopes[row.id])) for row in rows]


def list_projects(session: Session) -> list[Project]:
    return list(session.scalars(sa.select(Project).order_by(Project.id)))


def list_projects_of(session: Session, actor: Actor) -> list[Project]:
    """Projects in which the actor has a role; all of them for roles of the installation."""
    query = sa.select(Project).order_by(Project.name)
    if not actor.roles.get(SITE):
        query = query.where(Project.id.in_(list(actor.roles)))
    return list(session.scalars(query))


def find_project(session: Session, project_id: int) -> Project | None:
    return session.get(Project, project_id)


def find_project_by_slug(session: Session, slug: str) -> Project | None:
    return session.scalar(sa.select(Project).where(Project.slug == slug))


def get_project_of_app_user(session: Session, app_user_id: int) -> int:
    """The project of a phone. Raises NOT_FOUND."""
    row = session.get(AppUser, app_user_id)
    if row is None:
        raise Problem(NOT_FOUND)
    return row.project_id
