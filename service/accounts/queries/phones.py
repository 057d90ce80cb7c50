"""Phones as coordinators see and end them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorRow, AppUser, AppUserForm, DeviceAlarm
from service.foundation.problems import NOT_FOUND, Problem


@dataclass(frozen=True, kw_only=True)
class AppUserRow:
    """A phone as coordinators see it. Its token is nowhere."""

    id: int
    name: str
    project_id: int
    all_forms: bool
    form_ids: tuple[str, ...]
    created_at: dt.datetime
    renewed_at: dt.datetime | None
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    bound_at: dt.datetime | None
    fetched_at: dt.datetime | None
    created_by: int | None
    alarm_at: dt.datetime | None
    """When an install id that nobody has explained yet used its token first."""


_LISTED = (
    sa.select(
        AppUser.id,
        ActorRow.display_name.label("name"),
        AppUser.project_id,
        AppUser.all_forms,
        ActorRow.created_at,
        AppUser.renewed_at,
        AppUser.expires_at,
        AppUser.revoked_at,
        AppUser.bound_at,
        AppUser.fetched_at,
        AppUser.created_by,
        sa.func.min(DeviceAlarm.raised_at).label("alarm_at"),
    )
    .join(ActorRow, ActorRow.id == AppUser.id)
    .outerjoin(
        DeviceAlarm,
        sa.and_(
            DeviceAlarm.project_id == AppUser.project_id,
            DeviceAlarm.app_user_id == AppUser.id,
            DeviceAlarm.answered_at.is_(None),
        ),
    )
    .group_by(AppUser.id, ActorRow.id)
)


def list_app_users(session: Session, project_id: int) -> list[AppUserRow]:
    """All phones of a project, newest first, in two statements."""
    return _listed(session, AppUser.project_id == project_id)


def find_app_user(session: Session, project_id: int, app_user_id: int) -> AppUserRow | None:
    """One phone of the project."""
    found = _listed(session, AppUser.project_id == project_id, AppUser.id == app_user_id)
    return found[0] if found else None


def _listed(session: Session, *conditions: sa.ColumnElement[bool]) -> list[AppUserRow]:
    scopes: dict[int, list[str]] = defaultdict(list)
    for app_user_id, form_id in session.execute(
        sa.select(AppUserForm.app_user_id, AppUserForm.form_id)
        .join(AppUser, AppUser.id == AppUserForm.app_user_id)
        .where(*conditions)
        .order_by(AppUserForm.form_id)
    ):
        scopes[app_user_id].append(form_id)
    rows = session.execute(_LISTED.where(*conditions).order_by(AppUser.id.desc()))
    return [AppUserRow(**row._mapping, form_ids=tuple(scopes[row.id])) for row in rows]


def find_live_by_name(session: Session, project_id: int, name_key: str) -> int | None:
    """The phone that holds a name."""
    return session.scalar(
        sa.select(AppUser.id).where(
            AppUser.project_id == project_id,
            AppUser.name_key == name_key,
            AppUser.revoked_at.is_(None),
        )
    )


def revoke(
    session: Session, project_id: int, app_user_ids: Sequence[int] | None, now: dt.datetime
) -> list[int]:
    """End live phones of the project, these or (None) all; answers which ended now."""
    query = sa.update(AppUser).where(AppUser.project_id == project_id, AppUser.revoked_at.is_(None))
    if app_user_ids is not None:
        query = query.where(AppUser.id.in_(app_user_ids))
    done = session.execute(query.values(revoked_at=now).returning(AppUser.id))
    return sorted(done.scalars())


def get_project_of_app_user(session: Session, app_user_id: int) -> int:
    """The project of a phone. Raises NOT_FOUND."""
    row = session.get(AppUser, app_user_id)
    if row is None:
        raise Problem(NOT_FOUND)
    return row.project_id
