"""Texts of a record, still sealed, and what is masked in them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import Thing
from service.intake.tables import State, Submission
from service.testimonies.tables import ToldMask, ToldPicture, ToldText

Connected = Session | sa.Connection
_first = aliased(Submission)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A record that stands, neither removed nor erased."""

    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    """Its present version, of which consent is asked."""
    thing: Thing


def find_record(
    connection: Connected, project_id: int, record_pk: uuid.UUID, *, lock: bool = False
) -> Standing | None:
    """`lock`: whoever writes because of a record, and whoever erases it, wait for each other."""
    query = (
        sa.select(Submission.submission_pk, Submission.place, _first.submitter_id)
        .join(
            _first,
            sa.and_(
                _first.project_id == Submission.project_id,
                _first.submission_pk == Submission.record_pk,
            ),
        )
        .where(
            Submission.project_id == project_id,
            Submission.record_pk == record_pk,
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
        )
    )
    row = connection.execute(query.with_for_update(of=Submission) if lock else query).first()
    if row is None:
        return None
    thing = Thing(place=row.place, sender=row.submitter_id, record=record_pk)
    return Standing(record_pk=record_pk, submission_pk=row.submission_pk, thing=thing)


def find_record_key(
    connection: Connected, project_id: int, submission_pk: uuid.UUID
) -> uuid.UUID | None:
    """The record that a submission is a version of."""
    query = sa.select(Submission.record_pk).where(
        Submission.project_id == project_id, Submission.submission_pk == submission_pk
    )
    return connection.execute(query).scalar_one_or_none()


def insert_version(connection: Connected, row: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(ToldText).values(**row))


def find_version(session: Session, project_id: int, version_pk: uuid.UUID) -> ToldText | None:
    return session.get(ToldText, (project_id, version_pk), populate_existing=True)


def list_versions(session: Session, project_id: int, record_pk: uuid.UUID) -> Sequence[ToldText]:
    """The oldest first."""
    query = (
        sa.select(ToldText)
        .where(ToldText.project_id == project_id, ToldText.record_pk == record_pk)
        .order_by(ToldText.version_pk)
    )
    return session.scalars(query).all()


def update_version(
    connection: Connected, project_id: int, version_pk: uuid.UUID, **values: Any
) -> None:
    connection.execute(
        sa.update(ToldText)
        .where(ToldText.project_id == project_id, ToldText.version_pk == version_pk)
        .values(**values)
    )


# --- what is masked -----------------------------------------------------------------------------
def insert_redaction(connection: Connected, row: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(ToldMask).values(**row))


def list_redactions(
    session: Session, project_id: int, version_pks: Collection[uuid.UUID]
) -> Sequence[ToldMask]:
    """Those in force, the oldest first."""
    query = (
        sa.select(ToldMask)
        .where(
            ToldMask.project_id == project_id,
            ToldMask.version_pk.in_(list(version_pks)),
            ToldMask.lifted_at.is_(None),
        )
        .order_by(ToldMask.redaction_pk)
    )
    return session.scalars(query).all()


def find_redaction(session: Session, project_id: int, redaction_pk: uuid.UUID) -> ToldMask | None:
    return session.get(ToldMask, (project_id, redaction_pk), populate_existing=True)


def update_redaction(
    connection: Connected, project_id: int, redaction_pk: uuid.UUID, **values: Any
) -> None:
    connection.execute(
        sa.update(ToldMask)
        .where(
            ToldMask.project_id == project_id,
            ToldMask.redaction_pk == redaction_pk,
        )
        .values(**values)
    )


# --- gone with the record -----------------------------------------------------------------------
def keys_of(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    query = sa.select(ToldText.key_pk).where(
        ToldText.project_id == project_id,
        ToldText.record_pk.in_(list(record_pks)),
    )
    return set(connection.execute(query).scalars())


def records_with_texts(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    query = sa.select(ToldText.record_pk).where(
        ToldText.project_id == project_id, ToldText.record_pk.in_(list(record_pks))
    )
    return set(connection.execute(query).scalars())


def delete_of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> None:
    """Texts, what is masked in them, and what was said of pictures."""
    for table in (ToldMask, ToldText, ToldPicture):
        connection.execute(
            sa.delete(table).where(
                table.project_id == project_id, table.record_pk.in_(list(record_pks))
            )
        )
