"""Which phones may hold a list that names people, where, until when, and when they fetched it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, aliased

from service.accounts.tables import ActorRow, AppUser
from service.entities.tables import Entity, Holder
from service.facts import tables as fact_tables
from service.facts.queries import usable
from service.facts.scopes import Purpose
from service.forms.entity_lists import Telling
from service.forms.tables import EntityList
from service.foundation import clock
from service.intake.tables import State, Submission

Connected = Session | sa.Connection


def find_holder(
    connection: Connected, project_id: int, list_pk: int, app_user_id: int
) -> str | None:
    """The area of the list that the phone may hold, "" = all; None: it may not."""
    query = sa.select(Holder.area).where(
        Holder.project_id == project_id,
        Holder.list_pk == list_pk,
        Holder.app_user_id == app_user_id,
        Holder.ended_at.is_(None),
    )
    return connection.execute(query).scalar()


@dataclass(frozen=True, kw_only=True)
class HolderRow:
    """A phone and a list: what it may hold, what it fetched."""

    list_pk: int
    name: str
    telling: Telling
    app_user_id: int
    area: str
    allowed_at: dt.datetime
    ended_at: dt.datetime | None
    fetched_at: dt.datetime | None


def list_holders(
    session: Session,
    project_id: int,
    *,
    list_pk: int | None = None,
    app_user_id: int | None = None,
) -> list[HolderRow]:
    """Who may hold which lists, and who fetched one."""
    query = (
        sa.select(
            EntityList.list_pk,
            EntityList.name,
            EntityList.telling,
            Holder.app_user_id,
            Holder.area,
            Holder.allowed_at,
            Holder.ended_at,
            Holder.fetched_at,
        )
        .join(Holder, Holder.list_pk == EntityList.list_pk)
        .where(Holder.project_id == project_id)
        .order_by(EntityList.name, Holder.app_user_id)
    )
    if list_pk is not None:
        query = query.where(Holder.list_pk == list_pk)
    if app_user_id is not None:
        query = query.where(Holder.app_user_id == app_user_id)
    return [HolderRow(**row._mapping) for row in session.execute(query)]


def allow(connection: Connected, row: dict[str, Any]) -> None:
    """A phone may hold a list, in that area, from now on; what it had before is replaced."""
    new = postgresql.insert(Holder).values(row)
    fresh = {name: row[name] for name in ("area", "allowed_at", "allowed_by")}
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["project_id", "list_pk", "app_user_id"],
            set_={**fresh, "ended_at": None},
        )
    )


def end_holder(connection: Connected, project_id: int, list_pk: int, app_user_id: int) -> bool:
    done = connection.execute(
        sa.update(Holder)
        .where(
            Holder.project_id == project_id,
            Holder.list_pk == list_pk,
            Holder.app_user_id == app_user_id,
            Holder.ended_at.is_(None),
        )
        .values(ended_at=clock.now())
        .returning(Holder.list_pk)
    )
    return done.first() is not None


def end_at_renewal(connection: Connected, project_id: int, app_user_id: int) -> list[int]:
    """End all that a phone may hold, at the moment of its new code; the lists."""
    renewed_at = sa.select(AppUser.renewed_at).where(AppUser.id == app_user_id).scalar_subquery()
    done = connection.execute(
        sa.update(Holder)
        .where(
            Holder.project_id == project_id,
            Holder.app_user_id == app_user_id,
            Holder.ended_at.is_(None),
        )
        .values(ended_at=renewed_at)
        .returning(Holder.list_pk)
        .execution_options(synchronize_session=False)
    )
    return sorted(done.scalars())


@dataclass(frozen=True, kw_only=True)
class EndedByRenewal:
    """A phone that may hold a list of people no more, because its code is another's work."""

    app_user_id: int
    phone: str
    name: str
    """Of the list."""
    ended_at: dt.datetime


def list_ended_by_renewal(
    session: Session, project_id: int, since: dt.datetime
) -> list[EndedByRenewal]:
    """Those that nobody has allowed anew, newest first."""
    query = (
        sa.select(
            Holder.app_user_id,
            ActorRow.display_name.label("phone"),
            EntityList.name,
            Holder.ended_at,
        )
        .join(AppUser, AppUser.id == Holder.app_user_id)
        .join(ActorRow, ActorRow.id == AppUser.id)
        .join(EntityList, EntityList.list_pk == Holder.list_pk)
        .where(
            Holder.project_id == project_id,
            Holder.ended_at == AppUser.renewed_at,
            Holder.ended_at >= since,
            EntityList.telling == Telling.PEOPLE,
            AppUser.revoked_at.is_(None),
        )
        .order_by(Holder.ended_at.desc(), EntityList.name)
    )
    return [EndedByRenewal(**row._mapping) for row in session.execute(query)]


FETCHED_AGAIN_AFTER = dt.timedelta(hours=1)


def note_fetch(connection: Connected, project_id: int, list_pk: int, app_user_id: int) -> bool:
    """That a phone fetched a list, to the hour: a lost one is asked for it. Of a list that needs no
    permission there may be no row: it is made, ended, so that it permits nothing. False where that
    was known."""
    now = clock.now()
    known = connection.execute(
        sa.select(Holder.fetched_at).where(
            Holder.project_id == project_id,
            Holder.list_pk == list_pk,
            Holder.app_user_id == app_user_id,
        )
    ).first()
    if known is not None and known[0] is not None and now - known[0] < FETCHED_AGAIN_AFTER:
        return False
    row = {
        "project_id": project_id, "list_pk": list_pk, "app_user_id": app_user_id, "area": "",
        "allowed_at": now, "allowed_by": None, "ended_at": now, "fetched_at": now,
    }  # fmt: skip
    connection.execute(
        postgresql.insert(Holder)
        .values(row)
        .on_conflict_do_update(
            index_elements=["project_id", "list_pk", "app_user_id"], set_={"fetched_at": now}
        )
    )
    return True


def places_sent(
    session: Session, project_id: int, list_pk: int, sender_id: int, on: dt.date
) -> frozenset[str]:
    """Where those of a list are visited whom this phone, or person, assessed, in records that stand
    and that nobody rejected."""
    person = usable(fact_tables.Person, Purpose.CODES, project_id, on)
    now = aliased(Submission)
    query = (
        sa.select(Entity.place)
        .join(
            Submission,
            sa.and_(
                Submission.project_id == Entity.project_id,
                Submission.submission_pk == Entity.record_pk,
            ),
        )
        .join(
            now,
            sa.and_(
                now.project_id == Entity.project_id,
                now.record_pk == Entity.record_pk,
                now.state == State.CURRENT,
                now.deleted_at.is_(None),
            ),
        )
        .join(
            person,
            sa.and_(
                person.submission_pk == now.submission_pk,
                person.ordinal == Entity.person_ordinal,
            ),
        )
        .where(
            Entity.project_id == project_id,
            Entity.list_pk == list_pk,
            Entity.place.is_not(None),
            Submission.submitter_id == sender_id,
        )
        .distinct()
    )
    return frozenset(place for place in session.execute(query).scalars() if place is not None)


def records_sent(session: Session, project_id: int, sender_id: int) -> frozenset[str]:
    """Places of the records that this phone sent and that stand."""
    query = (
        sa.select(Submission.place)
        .where(
            Submission.project_id == project_id,
            Submission.submitter_id == sender_id,
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
            Submission.place.is_not(None),
        )
        .distinct()
    )
    return frozenset(place for place in session.execute(query).scalars() if place)
