"""Records that speak of entities, and what became of each."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.entities.tables import Arrival, Awaited, Outcome
from service.forms.tables import EntityUse, FormVersion
from service.foundation import clock
from service.intake.tables import State, Submission

Connected = Session | sa.Connection
IN_FORCE_AFTER = dt.timedelta(days=5)


def speaking(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Those of these submissions whose form has ever used a list, oldest first: all others cost
    this one question."""
    forms = (
        sa.select(FormVersion.form_pk)
        .join(EntityUse, EntityUse.version_pk == FormVersion.version_pk)
        .distinct()
    )
    query = (
        sa.select(Submission.submission_pk)
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk.in_(list(submission_pks)),
            Submission.form_pk.in_(forms),
        )
        .order_by(Submission.submission_pk)
    )
    return list(connection.execute(query).scalars())


def current_of(connection: Connected, project_id: int, record_pk: uuid.UUID) -> uuid.UUID | None:
    """The version of a record that stands, if it was not removed."""
    query = sa.select(Submission.submission_pk).where(
        Submission.project_id == project_id,
        Submission.record_pk == record_pk,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )
    return connection.execute(query).scalar()


@dataclass(frozen=True, kw_only=True)
class ArrivalRow:
    """What became of a record."""

    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    outcome: Outcome
    fault: str | None
    place: int | None
    approved_pk: uuid.UUID | None
    held_since: dt.datetime | None
    looked_at: dt.datetime


_ARRIVAL = sa.select(*(getattr(Arrival, name) for name in ArrivalRow.__dataclass_fields__))


def find(connection: Connected, project_id: int, record_pk: uuid.UUID) -> ArrivalRow | None:
    query = _ARRIVAL.where(Arrival.project_id == project_id, Arrival.record_pk == record_pk)
    row = connection.execute(query).first()
    return None if row is None else ArrivalRow(**row._mapping)


def approve(
    connection: Connected, project_id: int, record_pk: uuid.UUID, submission_pk: uuid.UUID
) -> bool:
    """This version of the record. False where nothing of it waits for that."""
    done = connection.execute(
        sa.update(Arrival)
        .where(
            Arrival.project_id == project_id,
            Arrival.record_pk == record_pk,
            Arrival.outcome == Outcome.UNAPPROVED,
        )
        .values(approved_pk=submission_pk)
        .returning(Arrival.record_pk)
    )
    return done.first() is not None


def write(connection: Connected, row: Mapping[str, Any], awaited: Collection[bytes] = ()) -> None:
    """What became of a record, in place of what was known, and what it waits for."""
    project_id, record_pk = row["project_id"], row["record_pk"]
    fresh = {name: value for name, value in row.items() if name not in ("project_id", "record_pk")}
    connection.execute(
        postgresql.insert(Arrival)
        .values(dict(row))
        .on_conflict_do_update(index_elements=["project_id", "record_pk"], set_=fresh)
    )
    connection.execute(
        sa.delete(Awaited).where(Awaited.project_id == project_id, Awaited.record_pk == record_pk)
    )
    if awaited:
        connection.execute(
            sa.insert(Awaited),
            [
                {"project_id": project_id, "record_pk": record_pk, "digest": one}
                for one in sorted(set(awaited))
            ],
        )


def awaiting(connection: Connected, project_id: int, digests: Collection[bytes]) -> list[uuid.UUID]:
    """Records that wait for one of these entities, in the order in which they came."""
    query = sa.select(Awaited.record_pk).where(
        Awaited.project_id == project_id, Awaited.digest.in_(sorted(digests))
    )
    # Put in order here: for the order's sake SQLite would look through the whole project.
    return sorted(set(connection.execute(query).scalars()))


def is_late(row: ArrivalRow | None) -> bool:
    """Whether it waited for long enough."""
    since = row.held_since if row else None
    return since is not None and since <= clock.now() - IN_FORCE_AFTER


def unapproved(connection: Connected, project_id: int) -> list[uuid.UUID]:
    """Records that wait for a person's approval, of whatever list."""
    query = (
        sa.select(Arrival.record_pk)
        .where(Arrival.project_id == project_id, Arrival.outcome == Outcome.UNAPPROVED)
        .order_by(Arrival.record_pk)
    )
    return list(connection.execute(query).scalars())


def count_unapproved(connection: Connected, project_id: int, list_pk: int) -> int:
    """How many records of forms that use the list wait for a person's approval."""
    forms = (
        sa.select(FormVersion.form_pk)
        .join(EntityUse, EntityUse.version_pk == FormVersion.version_pk)
        .where(EntityUse.list_pk == list_pk)
    )
    query = (
        sa.select(sa.func.count())
        .select_from(Arrival)
        .join(
            Submission,
            sa.and_(
                Submission.project_id == Arrival.project_id,
                Submission.submission_pk == Arrival.record_pk,
            ),
        )
        .where(
            Arrival.project_id == project_id,
            Arrival.outcome == Outcome.UNAPPROVED,
            Submission.form_pk.in_(forms),
        )
    )
    return connection.execute(query).scalar() or 0


def overdue(
    session: Session, after: tuple[int, uuid.UUID] | None = None, limit: int = 5_000
) -> list[tuple[int, uuid.UUID]]:
    """(project, record) of those that waited for long enough, the next ones after that."""
    query = (
        sa.select(Arrival.project_id, Arrival.record_pk)
        .where(
            Arrival.outcome == Outcome.HELD,
            Arrival.held_since <= clock.now() - IN_FORCE_AFTER,
        )
        .order_by(Arrival.project_id, Arrival.record_pk)
        .limit(limit)
    )
    if after is not None:
        project_id, record_pk = after
        query = query.where(
            sa.or_(
                Arrival.project_id > project_id,
                sa.and_(Arrival.project_id == project_id, Arrival.record_pk > record_pk),
            )
        )
    return [(project_id, record_pk) for project_id, record_pk in session.execute(query)]


def open_after(
    session: Session, project_id: int, after: uuid.UUID | None, limit: int
) -> list[uuid.UUID]:
    """The next records that nothing came of yet, in the order in which they came."""
    query = (
        sa.select(Arrival.record_pk)
        .where(Arrival.project_id == project_id, Arrival.outcome != Outcome.APPLIED)
        .order_by(Arrival.record_pk)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Arrival.record_pk > after)
    return list(session.scalars(query))


def list_open(session: Session, project_id: int, limit: int) -> list[ArrivalRow]:
    """Those that nothing came of yet: failed, waiting for approval, waiting for others."""
    query = (
        _ARRIVAL.where(Arrival.project_id == project_id, Arrival.outcome != Outcome.APPLIED)
        .order_by(Arrival.record_pk.desc())
        .limit(limit)
    )
    return [ArrivalRow(**row._mapping) for row in session.execute(query)]


def forget(connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]) -> None:
    """Of records that were taken back."""
    for table in (Awaited, Arrival):
        connection.execute(
            sa.delete(table).where(
                table.project_id == project_id, table.record_pk.in_(sorted(record_pks))
            )
        )
