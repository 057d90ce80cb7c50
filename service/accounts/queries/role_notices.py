"""Roles that read people, given by somebody who reads none there: what coordinators are told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.actor import Role
from service.accounts.tables import ActorRow, Grant, RoleNotice


@dataclass(frozen=True, kw_only=True)
class RoleTold:
    """One of them, and what became of the role."""

    id: int
    user_id: int
    name: str
    role: Role
    area: str
    given_by: str | None
    """None: the host's shell."""
    given_at: dt.datetime
    answered_by: str | None
    answered_at: dt.datetime | None
    waits: bool
    holds: bool
    """Neither: it is over."""


def insert_notice(
    session: Session,
    key: tuple[int, int, Role, str],
    given_by: int | None,
    now: dt.datetime,
) -> None:
    user_id, project_id, role, area = key
    row = RoleNotice(
        project_id=project_id,
        user_id=user_id,
        role=role.value,
        area=area,
        given_by=given_by,
        given_at=now,
    )
    session.add(row)


def find_notice(session: Session, project_id: int, notice_id: int) -> RoleNotice | None:
    row = session.get(RoleNotice, notice_id)
    return row if row is not None and row.project_id == project_id else None


def list_notices(
    session: Session, project_id: int, since: dt.datetime, now: dt.datetime
) -> list[RoleTold]:
    """The newest first: those of `since` and later, and until a coordinator answers, all. What was
    given anew by somebody else is another giving."""
    holder, giver, answering = aliased(ActorRow), aliased(ActorRow), aliased(ActorRow)
    is_still = sa.and_(
        Grant.user_id == RoleNotice.user_id,
        Grant.project_id == RoleNotice.project_id,
        Grant.role == RoleNotice.role,
        Grant.area == RoleNotice.area,
        Grant.granted_at == RoleNotice.given_at,
        sa.or_(Grant.ends_at.is_(None), Grant.ends_at > now),
    )
    rows = session.execute(
        sa.select(
            RoleNotice,
            holder.display_name.label("name"),
            giver.display_name.label("given_by"),
            answering.display_name.label("answered_by"),
            Grant.waits,
        )
        .join(holder, holder.id == RoleNotice.user_id)
        .outerjoin(giver, giver.id == RoleNotice.given_by)
        .outerjoin(answering, answering.id == RoleNotice.answered_by)
        .outerjoin(Grant, is_still)
        .where(
            RoleNotice.project_id == project_id,
            sa.or_(
                RoleNotice.given_at > since,
                RoleNotice.answered_at > since,
                RoleNotice.answered_at.is_(None),
            ),
        )
        .order_by(RoleNotice.id.desc())
    )
    return [
        RoleTold(
            id=row.RoleNotice.id,
            user_id=row.RoleNotice.user_id,
            name=row.name,
            role=Role(row.RoleNotice.role),
            area=row.RoleNotice.area,
            given_by=row.given_by,
            given_at=row.RoleNotice.given_at,
            answered_by=row.answered_by,
            answered_at=row.RoleNotice.answered_at,
            waits=row.waits is True,
            holds=row.waits is False,
        )
        for row in rows
    ]
