"""Who holds what: roles with their areas and ends, and access for a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, aliased

from service.accounts.actor import SITE, Role
from service.accounts.held import Held, Reason
from service.accounts.reach import WHOLE_PROJECT
from service.accounts.tables import ActorRow, EmergencyRow, Grant, User
from service.foundation.formats.collation import sort_key

OF_GRANT = (
    Grant.project_id,
    Grant.role,
    Grant.area,
    Grant.granted_by,
    Grant.granted_at,
    Grant.ends_at,
    Grant.waits,
)
"""What `Held` tells of a role."""

HELD = sa.union_all(
    sa.select(
        Grant.user_id.label("holder"),
        *OF_GRANT,
        sa.null().cast(sa.Integer).label("emergency"),
        sa.null().cast(sa.String(20)).label("reason"),
        sa.cast(sa.null(), EmergencyRow.record_pk.type).label("record_pk"),
    ),
    sa.select(
        EmergencyRow.user_id,
        EmergencyRow.project_id,
        EmergencyRow.role,
        sa.literal(WHOLE_PROJECT),
        EmergencyRow.granted_by,
        EmergencyRow.granted_at,
        EmergencyRow.ends_at,
        sa.false(),
        EmergencyRow.id,
        EmergencyRow.reason,
        EmergencyRow.record_pk,
    ),
).subquery("held")
"""Everything that was ever given and not taken back. What is over is left out by `bearing`, which
the explanation uses too."""


def given_of(row: sa.Row[Any]) -> Held:
    """A role, from the columns of OF_GRANT."""
    return Held(
        role=Role(row.role),
        project_id=row.project_id,
        area=row.area,
        granted_by=row.granted_by,
        granted_at=row.granted_at,
        ends_at=row.ends_at,
        waits=row.waits,
    )


def held_of(row: sa.Row[Any]) -> Held:
    """A role or access for a day, from the columns of HELD."""
    return replace(
        given_of(row),
        emergency=row.emergency,
        reason=None if row.reason is None else Reason(row.reason),
        record=row.record_pk,
    )


GrantKey = tuple[int, int, Role, str]
"""Person, project, role, area."""


def _of(key: GrantKey) -> sa.ColumnElement[bool]:
    user_id, project_id, role, area = key
    return sa.and_(
        Grant.user_id == user_id,
        Grant.project_id == project_id,
        Grant.role == role.value,
        Grant.area == area,
    )


def has_grant(session: Session, key: GrantKey) -> bool:
    return session.scalar(sa.select(Grant.role).where(_of(key))) is not None


def would_last_longer(
    session: Session, key: GrantKey, ends_at: dt.datetime | None, now: dt.datetime
) -> bool:
    """Whether that end is later than the one of a role that holds now."""
    query = sa.select(Grant.role).where(_of(key), _holds(now), _is_later(ends_at))
    return session.scalar(query) is not None


def _holds(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(~Grant.waits, sa.or_(Grant.ends_at.is_(None), Grant.ends_at > now))


def _is_later(ends_at: dt.datetime | None) -> sa.ColumnElement[bool]:
    """Than the end that a role has."""
    if ends_at is None:
        return Grant.ends_at.is_not(None)
    return sa.and_(Grant.ends_at.is_not(None), Grant.ends_at < ends_at)


def put_grant(
    session: Session,
    key: GrantKey,
    ends_at: dt.datetime | None,
    granted_by: int | None,
    now: dt.datetime,
    *,
    waits: bool = False,
) -> bool:
    """Give a role, or set its end anew; False where it is held so already. Of many who do it at
    once (a button pressed twice) one gives it.

    `waits`: for a coordinator to agree, where the role does not hold already; one that holds gets
    no later end so. Given without, it waits no more.
    """
    user_id, project_id, role, area = key
    terms = {"ends_at": ends_at, "granted_by": granted_by, "granted_at": now}
    row = {"user_id": user_id, "project_id": project_id, "role": role.value, "area": area}
    new = postgresql.insert(Grant).values(**row, **terms, waits=waits)  # either database
    if session.execute(new.on_conflict_do_nothing().returning(Grant.role)).first():
        return True
    is_other = Grant.ends_at.is_distinct_from(ends_at)
    if waits:
        is_other = sa.and_(is_other, sa.not_(sa.and_(_holds(now), _is_later(ends_at))))
    else:
        is_other = sa.or_(is_other, Grant.waits)
    now_waits = sa.case((_holds(now), sa.false()), else_=sa.literal(waits))
    changed = sa.update(Grant).where(_of(key), is_other).values(terms | {"waits": now_waits})
    return session.execute(changed.returning(Grant.role)).first() is not None


def settle_grant(session: Session, key: GrantKey) -> bool:
    """A role that waited holds from now on; False where it does not wait."""
    changed = sa.update(Grant).where(_of(key), Grant.waits).values(waits=False)
    return session.execute(changed.returning(Grant.role)).first() is not None


def delete_grant(session: Session, key: GrantKey, given_at: dt.datetime | None = None) -> bool:
    """False where it is gone already, or (with `given_at`) was given anew since."""
    is_it = _of(key) if given_at is None else sa.and_(_of(key), Grant.granted_at == given_at)
    gone = session.execute(sa.delete(Grant).where(is_it).returning(Grant.role))
    return gone.first() is not None


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person of the team, and what they hold or held."""

    id: int
    name: str
    email: str
    is_active: bool
    held: tuple[Held, ...]


def list_members(session: Session, project_id: int | None = None) -> list[Member]:
    """Who holds, or held, something in the project; administrators too. Without a project:
    everybody, with everything."""
    query = (
        sa.select(User.id, ActorRow.display_name, User.email, User.is_active, *HELD.c)
        .join(ActorRow, ActorRow.id == User.id)
        .outerjoin(HELD, HELD.c.holder == User.id)
        .order_by(User.id, HELD.c.granted_at, HELD.c.role, HELD.c.area)
    )
    if project_id is not None:
        query = query.where(HELD.c.project_id.in_((SITE, project_id)))
    members: dict[int, Member] = {}
    for row in session.execute(query):
        held = () if row.role is None else (held_of(row),)
        before = members.get(row.id)
        members[row.id] = Member(
            id=row.id,
            name=row.display_name,
            email=row.email,
            is_active=row.is_active,
            held=(before.held if before else ()) + held,
        )
    return sorted(members.values(), key=lambda one: (sort_key(one.name), one.id))


def list_names(session: Session, actor_ids: Collection[int]) -> dict[int, str]:
    """Names of whoever acts, people and phones alike."""
    query = sa.select(ActorRow.id, ActorRow.display_name).where(ActorRow.id.in_(list(actor_ids)))
    return {row.id: row.display_name for row in session.execute(query)}


@dataclass(frozen=True, kw_only=True)
class EmergencyListed:
    """Access for a day, as coordinators are told of it."""

    id: int
    user_id: int
    name: str
    role: Role
    reason: Reason
    granted_by: str
    granted_at: dt.datetime
    ends_at: dt.datetime
    record: uuid.UUID | None


def insert_emergency(session: Session, row: Mapping[str, Any], now: dt.datetime) -> int | None:
    """Open an access; None where the same is open already for the same person. Of many who open
    it at once (a button pressed twice, a page sent again) one does: the index decides."""
    is_over = sa.and_(EmergencyRow.open_key == row["open_key"], EmergencyRow.ends_at <= now)
    session.execute(sa.update(EmergencyRow).where(is_over).values(open_key=None))
    new = postgresql.insert(EmergencyRow).values(**row)  # either database
    return session.scalar(new.on_conflict_do_nothing().returning(EmergencyRow.id))


def find_open(session: Session, open_key: str) -> int | None:
    return session.scalar(sa.select(EmergencyRow.id).where(EmergencyRow.open_key == open_key))


def has_emergency(session: Session, project_id: int, emergency_id: int) -> bool:
    """Whether there is one of that id in the project, open or over."""
    query = sa.select(EmergencyRow.id).where(
        EmergencyRow.id == emergency_id, EmergencyRow.project_id == project_id
    )
    return session.scalar(query) is not None


def end_emergency(session: Session, emergency_id: int, now: dt.datetime) -> bool:
    """False where it is over already."""
    done = session.execute(
        sa.update(EmergencyRow)
        .where(EmergencyRow.id == emergency_id, EmergencyRow.ends_at > now)
        .values(ends_at=now, open_key=None)
        .returning(EmergencyRow.id)
    )
    return done.first() is not None


def list_emergencies(
    session: Session, project_id: int, since: dt.datetime
) -> list[EmergencyListed]:
    """Access for a day that is not over, or was not before `since`; the newest first."""
    holder, giver = aliased(ActorRow), aliased(ActorRow)
    rows = session.execute(
        sa.select(EmergencyRow, holder.display_name, giver.display_name)
        .join(holder, holder.id == EmergencyRow.user_id)
        .join(giver, giver.id == EmergencyRow.granted_by)
        .where(EmergencyRow.project_id == project_id, EmergencyRow.ends_at > since)
        .order_by(EmergencyRow.id.desc())
    )
    return [
        EmergencyListed(
            id=row.id,
            user_id=row.user_id,
            name=name,
            role=Role(row.role),
            reason=Reason(row.reason),
            granted_by=given_by,
            granted_at=row.granted_at,
            ends_at=row.ends_at,
            record=row.record_pk,
        )
        for row, name, given_by in rows
    ]


def list_held(session: Session, user_id: int) -> list[tuple[int, Role, str]]:
    """(project, role, area) of a person; what is over, too."""
    query = sa.select(Grant.project_id, Grant.role, Grant.area).where(Grant.user_id == user_id)
    return [(row.project_id, Role(row.role), row.area) for row in session.execute(query)]
