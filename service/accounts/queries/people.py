"""People with a role in a project, as those who look after them see them."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.held import Held
from service.accounts.queries.grants import OF_GRANT, given_of
from service.accounts.tables import (
    ActorRow,
    Grant,
    SecondFactor,
    SignIn,
    User,
)
from service.foundation.formats.collation import sort_key


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a role in a project, as those who look after people see her."""

    id: int
    name: str
    email: str
    held: tuple[Held, ...]
    """What she holds here now."""
    is_active: bool
    has_password: bool
    has_factor: bool
    last_at: dt.datetime | None
    """When she last signed in."""


def list_people(
    session: Session, project_id: int, now: dt.datetime, user_id: int | None = None
) -> list[Person]:
    """Those who hold a role in the project (or the one of them that is named), by name, in one
    statement."""
    last = (
        sa.select(SignIn.user_id, sa.func.max(SignIn.created_at).label("at"))
        .group_by(SignIn.user_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            User.id,
            ActorRow.display_name,
            User.email,
            User.is_active,
            User.password_hash.is_not(None).label("has_password"),
            SecondFactor.made_at.label("factor_since"),
            last.c.at,
            *OF_GRANT,
        )
        .join(ActorRow, ActorRow.id == User.id)
        .join(Grant, Grant.user_id == User.id)
        .outerjoin(
            SecondFactor, sa.and_(SecondFactor.user_id == User.id, SecondFactor.is_confirmed)
        )
        .outerjoin(last, last.c.user_id == User.id)
        .where(
            Grant.project_id == project_id,
            sa.or_(Grant.ends_at.is_(None), Grant.ends_at > now),
            sa.true() if user_id is None else User.id == user_id,
        )
        .order_by(User.id, Grant.role, Grant.area)
    ).all()
    people = [
        Person(
            id=held[0].id,
            name=held[0].display_name,
            email=held[0].email,
            held=tuple(given_of(row) for row in held),
            is_active=held[0].is_active,
            has_password=held[0].has_password,
            has_factor=held[0].factor_since is not None,
            last_at=held[0].at,
        )
        for held in (list(group) for _, group in itertools.groupby(rows, key=lambda row: row.id))
    ]
    return sorted(people, key=lambda one: (sort_key(one.name), one.id))
