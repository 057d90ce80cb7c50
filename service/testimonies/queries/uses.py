"""Uses of texts: written down, ended, told of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.reach import Reach
from service.foundation.columns import Uid, UtcDateTime
from service.intake.queries.listing import record_within
from service.testimonies.tables import ToldUse
from service.testimonies.terms import Means, Medium

Connected = Session | sa.Connection


def _first(at: dt.datetime) -> sa.ColumnElement[dt.datetime]:
    """When it ended: what ended once does not end later."""
    return sa.func.coalesce(ToldUse.ended_at, sa.literal(at, UtcDateTime))


def insert(connection: Connected, row: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(ToldUse).values(**row))


def find(session: Session, project_id: int, use_pk: uuid.UUID) -> ToldUse | None:
    return session.get(ToldUse, (project_id, use_pk), populate_existing=True)


def list_uses(
    session: Session, project_id: int, reach: Reach, before: uuid.UUID | None, limit: int
) -> Sequence[ToldUse]:
    """The newest first. Of what was taken back nobody knows any more where it lay: whoever sees
    the whole project sees it."""
    query = sa.select(ToldUse).where(
        ToldUse.project_id == project_id,
        record_within(project_id, sa.type_coerce(ToldUse.record_pk, Uid), reach),
    )
    if before is not None:
        query = query.where(ToldUse.use_pk < before)
    return session.scalars(query.order_by(ToldUse.use_pk.desc()).limit(limit)).all()


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A use that a withdrawal ended."""

    use_pk: uuid.UUID
    medium: str
    means: str
    whither: str
    used_at: dt.datetime


def ended_by(session: Session, project_id: int, withdrawal_pk: uuid.UUID) -> list[Ended]:
    """In the order in which they were made."""
    columns = (ToldUse.use_pk, ToldUse.medium, ToldUse.means, ToldUse.whither, ToldUse.used_at)
    query = sa.select(*columns).where(
        ToldUse.project_id == project_id, ToldUse.withdrawal_pk == withdrawal_pk
    )
    return [Ended(**row._mapping) for row in session.execute(query.order_by(ToldUse.use_pk))]


def end(session: Connected, project_id: int, use_pk: uuid.UUID, at: dt.datetime) -> None:
    session.execute(
        sa.update(ToldUse)
        .where(ToldUse.project_id == project_id, ToldUse.use_pk == use_pk)
        .values(ended_at=_first(at))
    )


def list_of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> Sequence[Any]:
    """(key, audience, naming, medium) of what no withdrawal ended yet."""
    kind = ToldUse
    query = sa.select(kind.use_pk, kind.audience, kind.naming, kind.medium).where(
        kind.project_id == project_id,
        kind.record_pk.in_(list(record_pks)),
        kind.withdrawal_pk.is_(None),
    )
    return connection.execute(query).all()


def take_back(
    connection: Connected,
    project_id: int,
    use_pks: Collection[uuid.UUID],
    withdrawal_pk: uuid.UUID,
    at: dt.datetime,
) -> None:
    connection.execute(
        sa.update(ToldUse)
        .where(ToldUse.project_id == project_id, ToldUse.use_pk.in_(list(use_pks)))
        .values(ended_at=_first(at), withdrawal_pk=withdrawal_pk)
    )


def forget_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> None:
    """Of uses, whose story it was."""
    connection.execute(
        sa.update(ToldUse)
        .where(ToldUse.project_id == project_id, ToldUse.record_pk.in_(list(record_pks)))
        .values(record_pk=None, version_pk=None, prepared_pk=None)
    )


# --- pictures, voices and films beside a text ----------------------------------------------------
def pages_of(session: Session, project_id: int, record_pk: uuid.UUID) -> Sequence[ToldUse]:
    """Public pages of texts of the record that have not ended, the newest first."""
    query = sa.select(ToldUse).where(
        ToldUse.project_id == project_id,
        ToldUse.record_pk == record_pk,
        ToldUse.medium == Medium.TEXT,
        ToldUse.means == Means.WEB,
        ToldUse.ended_at.is_(None),
    )
    return session.scalars(query.order_by(ToldUse.use_pk.desc())).all()


def beside(session: Session, project_id: int, use_pk: uuid.UUID) -> Sequence[ToldUse]:
    """What stands on the page of this use and has not ended, the oldest first."""
    query = sa.select(ToldUse).where(
        ToldUse.project_id == project_id,
        ToldUse.beside_pk == use_pk,
        ToldUse.ended_at.is_(None),
    )
    return session.scalars(query.order_by(ToldUse.use_pk)).all()
