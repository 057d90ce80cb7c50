"""Who coordinates a project, or did: her roles in all of it, over or not."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.actor import Role
from service.accounts.reach import WHOLE_PROJECT
from service.accounts.tables import Grant, SignIn, User


def has_other_coordinator(session: Session, project_id: int, user_id: int | None) -> bool:
    """Whether somebody besides that person coordinates the whole project, or did: whoever takes
    her role away or switches her off must not find it with nobody to ask."""
    query = sa.select(Grant.user_id).where(
        Grant.project_id == project_id,
        Grant.role == Role.COORDINATOR.value,
        Grant.area == WHOLE_PROJECT,
        ~Grant.waits,
        sa.true() if user_id is None else Grant.user_id != user_id,
    )
    return session.execute(query.limit(1)).first() is not None


def end_if_came_in(
    session: Session, project_id: int, user_id: int, now: dt.datetime
) -> bool | None:
    """End the role of a coordinator so that its row stays and says who she was; False where it was
    over before. None where she never came in, or it waits: then there is nothing to keep."""
    came_in = sa.or_(
        sa.exists().where(SignIn.user_id == user_id),
        sa.exists().where(User.id == user_id, User.password_hash.is_not(None)),
    )
    row = sa.and_(
        Grant.user_id == user_id,
        Grant.project_id == project_id,
        Grant.role == Role.COORDINATOR.value,
        Grant.area == WHOLE_PROJECT,
        ~Grant.waits,
    )
    if session.scalar(sa.select(Grant.role).where(row, came_in)) is None:
        return None
    is_on = sa.or_(Grant.ends_at.is_(None), Grant.ends_at > now)
    ended = sa.update(Grant).where(row, is_on).values(ends_at=now).returning(Grant.role)
    return session.execute(ended).first() is not None
