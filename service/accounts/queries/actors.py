"""Whoever acts, by the integer id that clients of ODK Central want of everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorKind, ActorRow, ApiToken, User
from service.foundation.formats.collation import sort_key

SYSTEM_ID = 0
"""Stands for the host's shell, which is no row: one null makes pyodk's whole list fail."""

_TYPES = {
    ActorKind.USER: "user",
    ActorKind.APP_USER: "field_key",
    ActorKind.API_TOKEN: "user",  # Central has no word for scripts: there they are web users
}


@dataclass(frozen=True, kw_only=True)
class ActorTold:
    """An actor as Central's clients read it."""

    id: int
    type: str
    display_name: str
    created_at: dt.datetime | None
    deleted_at: dt.datetime | None = None


THE_SYSTEM = ActorTold(id=SYSTEM_ID, type="system", display_name="Samleng", created_at=None)


def find_actors(session: Session, actor_ids: Iterable[int | None]) -> dict[int | None, ActorTold]:
    """These, in one statement; under None and SYSTEM_ID the system."""
    wanted = {one for one in actor_ids if one}
    found: dict[int | None, ActorTold] = {None: THE_SYSTEM, SYSTEM_ID: THE_SYSTEM}
    if wanted:
        rows = session.execute(
            sa.select(ActorRow.id, ActorRow.kind, ActorRow.display_name, ActorRow.created_at).where(
                ActorRow.id.in_(wanted)
            )
        )
        for row in rows:
            found[row.id] = ActorTold(
                id=row.id,
                type=_TYPES[row.kind],
                display_name=row.display_name,
                created_at=row.created_at,
            )
    return found


def by_name(found: Iterable[ActorTold]) -> list[ActorTold]:
    """Each once, as lists of people are shown."""
    told = {one.id: one for one in found}
    return sorted(told.values(), key=lambda one: (sort_key(one.display_name), one.id))


def find_email(session: Session, actor_id: int) -> str | None:
    """What a person or a script signs in with; None for others."""
    person = sa.select(User.email).where(User.id == actor_id)
    script = sa.select(ApiToken.email).where(ApiToken.id == actor_id)
    return session.scalar(sa.union_all(person, script))


def find_person_behind(session: Session, actor_id: int) -> int:
    """Whose hand an account is: of a script whoever made it (where the host's shell did, nobody
    else's); of anybody else their own."""
    made_by = session.scalar(sa.select(ApiToken.created_by).where(ApiToken.id == actor_id))
    return actor_id if made_by is None else made_by
