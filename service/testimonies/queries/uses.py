"""Uses of texts: written down, ended, told of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation.columns import UtcDateTime
from service.testimonies.tables import TestimonyUse

Connected = Session | sa.Connection


def _first(at: dt.datetime) -> sa.ColumnElement[dt.datetime]:
    """When it ended: what ended once does not end later."""
    return sa.func.coalesce(TestimonyUse.ended_at, sa.literal(at, UtcDateTime))


def insert(connection: Connected, row: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(TestimonyUse).values(**row))


def find(session: Session, project_id: int, use_pk: uuid.UUID) -> TestimonyUse | None:
    return session.get(TestimonyUse, (project_id, use_pk), populate_existing=True)


def list_uses(
    session: Session, project_id: int, before: uuid.UUID | None, limit: int
) -> Sequence[TestimonyUse]:
    """The newest first."""
    query = sa.select(TestimonyUse).where(TestimonyUse.project_id == project_id)
    if before is not None:
        query = query.where(TestimonyUse.use_pk < before)
    return session.scalars(query.order_by(TestimonyUse.use_pk.desc()).limit(limit)).all()


def ended_by(session: Session, project_id: int, withdrawal_pk: uuid.UUID) -> Sequence[TestimonyUse]:
    """In the order in which they were made."""
    query = sa.select(TestimonyUse).where(
        TestimonyUse.project_id == project_id, TestimonyUse.withdrawal_pk == withdrawal_pk
    )
    return session.scalars(query.order_by(TestimonyUse.use_pk)).all()


def end(session: Connected, project_id: int, use_pk: uuid.UUID, at: dt.datetime) -> None:
    session.execute(
        sa.update(TestimonyUse)
        .where(TestimonyUse.project_id == project_id, TestimonyUse.use_pk == use_pk)
        .values(ended_at=_first(at))
    )


def list_of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> Sequence[Any]:
    """(key, audience, naming) of what no withdrawal ended yet."""
    kind = TestimonyUse
    query = sa.select(kind.use_pk, kind.audience, kind.naming).where(
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
        sa.update(TestimonyUse)
        .where(TestimonyUse.project_id == project_id, TestimonyUse.use_pk.in_(list(use_pks)))
        .values(ended_at=_first(at), withdrawal_pk=withdrawal_pk)
    )


def forget_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> None:
    """Of uses, whose story it was."""
    connection.execute(
        sa.update(TestimonyUse)
        .where(TestimonyUse.project_id == project_id, TestimonyUse.record_pk.in_(list(record_pks)))
        .values(record_pk=None, version_pk=None)
    )
