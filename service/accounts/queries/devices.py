"""The phone behind a request: who it is, which installation, how much it sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.accounts.actor import Actor, DeviceUse, Role
from service.accounts.tables import (
    ActorRow,
    AppUser,
    AppUserForm,
    DeviceAlarm,
    Project,
)
from service.foundation.db import look, reading
from service.foundation.prepared import Prepared

# --- who sends: asked at every request of a phone -----------------------------------------------
_DEVICE = (
    sa.select(
        AppUser.id,
        AppUser.project_id,
        AppUser.all_forms,
        ActorRow.display_name,
        Project.language,
        AppUser.device_key,
        AppUser.bound_at,
        AppUser.fetched_at,
        AppUser.used_on,
        AppUser.used_submissions,
        AppUser.used_bytes,
    )
    .join(ActorRow, ActorRow.id == AppUser.id)
    .join(Project, Project.id == AppUser.project_id)
    .where(
        AppUser.revoked_at.is_(None),
        AppUser.expires_at > sa.bindparam("now", type_=AppUser.expires_at.type),
    )
)
_BY_TOKEN = Prepared(
    _DEVICE.where(
        AppUser.token_sha256 == sa.bindparam("token_sha256", type_=AppUser.token_sha256.type)
    )
)
_BY_ID = Prepared(_DEVICE.where(AppUser.id == sa.bindparam("app_user_id", type_=AppUser.id.type)))


def find_device(token_sha256: bytes, now: dt.datetime) -> Actor | None:
    """The phone behind a token, unless revoked or expired, and how it has used it. Asked at every
    request, so that a revocation acts on the next one."""
    row = look(_BY_TOKEN, token_sha256=token_sha256, now=now)
    return None if row is None else _actor(row, now.date())


def find_device_by_id(app_user_id: int, now: dt.datetime) -> Actor | None:
    """The same for a phone that has shown in another way who it is."""
    row = look(_BY_ID, app_user_id=app_user_id, now=now)
    return None if row is None else _actor(row, now.date())


def _actor(row: tuple[Any, ...], today: dt.date) -> Actor:
    app_user_id, project_id, all_forms, name, language, *use = row
    device_key, bound_at, fetched_at, used_on, submissions, size = use
    is_today = used_on == today
    return Actor(
        id=app_user_id,
        name=name,
        language=language,
        roles={project_id: frozenset({Role.DEVICE})},
        project_id=project_id,
        form_ids=None if all_forms else _forms_of_device(app_user_id),
        device=DeviceUse(
            device_key=device_key,
            bound_at=bound_at,
            fetched_at=fetched_at,
            submissions=submissions if is_today else 0,
            bytes=size if is_today else 0,
        ),
    )


def _forms_of_device(app_user_id: int) -> frozenset[str]:
    with reading() as session:
        scope = sa.select(AppUserForm.form_id).where(AppUserForm.app_user_id == app_user_id)
        return frozenset(session.execute(scope).scalars())


_IS_TODAY = AppUser.used_on == sa.bindparam("day", type_=AppUser.used_on.type)
_ADD_USE = Prepared(
    sa.update(AppUser)
    .where(AppUser.id == sa.bindparam("app_user_id", type_=AppUser.id.type))
    .values(
        used_submissions=sa.case((_IS_TODAY, AppUser.used_submissions), else_=0)
        + sa.bindparam("submissions", type_=AppUser.used_submissions.type),
        used_bytes=sa.case((_IS_TODAY, AppUser.used_bytes), else_=0)
        + sa.bindparam("size", type_=AppUser.used_bytes.type),
        used_on=sa.bindparam("day", type_=AppUser.used_on.type),
    )
)


def add_use(
    connection: sa.Connection, app_user_id: int, day: dt.date, submissions: int, size: int
) -> None:
    """Add to what the phone sent on that day."""
    _ADD_USE.run(
        connection,
        {"app_user_id": app_user_id, "day": day, "submissions": submissions, "size": size},
    )


# --- the installation behind a token ------------------------------------------------------------
def bind(session: Session, app_user_id: int, device_key: str, now: dt.datetime) -> bool:
    """Tie the phone's token to an install id; False where it is tied to one already."""
    done = session.execute(
        sa.update(AppUser)
        .where(AppUser.id == app_user_id, AppUser.device_key.is_(None))
        .values(device_key=device_key, bound_at=now)
        .returning(AppUser.id)
    )
    return done.first() is not None


def is_bound_to(session: Session, app_user_id: int, device_key: str) -> bool:
    return session.scalar(sa.select(AppUser.device_key).where(AppUser.id == app_user_id)) == (
        device_key
    )


def raise_alarm(
    session: Session, project_id: int, app_user_id: int, device_key: str, now: dt.datetime
) -> bool:
    """Note a second install id; False where it waits already for somebody's word."""
    row = {
        "project_id": project_id,
        "app_user_id": app_user_id,
        "device_key": device_key,
        "raised_at": now,
    }
    again = sa.update(DeviceAlarm).where(
        DeviceAlarm.project_id == project_id,
        DeviceAlarm.app_user_id == app_user_id,
        DeviceAlarm.device_key == device_key,
        DeviceAlarm.answered_at.is_not(None),
    )
    try:
        with session.begin_nested():
            session.execute(sa.insert(DeviceAlarm), [row])
    except IntegrityError:
        reopened = again.values(raised_at=now, answered_at=None).returning(DeviceAlarm.app_user_id)
        return session.execute(reopened).first() is not None
    return True


def answer_alarms(session: Session, app_user_id: int, now: dt.datetime) -> str | None:
    """Close what waits about a phone; the install id seen last among them."""
    rows = session.execute(
        sa.update(DeviceAlarm)
        .where(DeviceAlarm.app_user_id == app_user_id, DeviceAlarm.answered_at.is_(None))
        .values(answered_at=now)
        .returning(DeviceAlarm.device_key, DeviceAlarm.raised_at)
    ).all()
    return max(rows, key=lambda row: row.raised_at).device_key if rows else None


def rebind(session: Session, app_user_id: int, device_key: str, now: dt.datetime) -> None:
    session.execute(
        sa.update(AppUser)
        .where(AppUser.id == app_user_id)
        .values(device_key=device_key, bound_at=now)
    )


def note_fetch(session: Session, app_user_id: int, now: dt.datetime) -> None:
    session.execute(sa.update(AppUser).where(AppUser.id == app_user_id).values(fetched_at=now))
