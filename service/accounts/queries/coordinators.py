"""Who coordinates a project or an area of it, or did: her roles, over or not."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.actor import Role
from service.accounts.queries.grants import GrantKey
from service.accounts.reach import WHOLE_PROJECT
from service.accounts.tables import Grant, SignIn, User


def has_other_coordinator(session: Session, key: GrantKey) -> bool:
    """Whether somebody besides that person coordinates people whom the role would reach, or did:
    whoever takes her role away or switches her off must not find it with nobody to ask."""
    user_id, project_id, _, area = key
    query = sa.select(Grant.user_id).where(
        Grant.project_id == project_id,
        Grant.role == Role.COORDINATOR.value,
        _meets(area),
        ~Grant.waits,
        Grant.user_id != user_id,
    )
    return session.execute(query.limit(1)).first() is not None


def _meets(area: str) -> sa.ColumnElement[bool]:
    """Grants in that area, around it, or inside: of areas that nest, one lies under the other or
    they have nobody in common."""
    around = [area[:length] for length in range(0, len(area) + 1, 2)]
    return sa.or_(Grant.area.in_([WHOLE_PROJECT, *around]), Grant.area.startswith(area))


def end_if_came_in(session: Session, key: GrantKey, now: dt.datetime) -> bool | None:
    """End the role of a coordinator so that its row stays and says who she was; False where it was
    over before. None where she never came in, or it waits: then there is nothing to keep."""
    user_id, project_id, role, area = key
    came_in = sa.or_(
        sa.exists().where(SignIn.user_id == user_id),
        sa.exists().where(User.id == user_id, User.password_hash.is_not(None)),
    )
    row = sa.and_(
        Grant.user_id == user_id,
        Grant.project_id == project_id,
        Grant.role == role.value,
        Grant.area == area,
        ~Grant.waits,
    )
    if session.scalar(sa.select(Grant.role).where(row, came_in)) is None:
        return None
    is_on = sa.or_(Grant.ends_at.is_(None), Grant.ends_at > now)
    ended = sa.update(Grant).where(row, is_on).values(ends_at=now).returning(Grant.role)
    return session.execute(ended).first() is not None
