"""Records that were removed, with all their versions: kept whole, counted nowhere."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import db
from service.intake.tables import State, Submission

Connected = Session | sa.Connection
_VERSIONS = (State.CURRENT, State.SUPERSEDED)


@dataclass(frozen=True, kw_only=True)
class Version:
    submission_pk: uuid.UUID
    record_pk: uuid.UUID
    instance_id: str = field(repr=False)
    state: State
    deleted_at: dt.datetime | None
    place: str | None
    submitter_id: int | None

    @property
    def is_current(self) -> bool:
        return self.state == State.CURRENT


_VERSION = sa.select(*(getattr(Submission, name) for name in Version.__dataclass_fields__))


def lock_first_versions(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID]
) -> Sequence[Version]:
    """Those of these that stand, were not removed, and take no other version's place, locked in the
    order of their keys."""
    query = _VERSION.where(
        Submission.project_id == project_id,
        Submission.submission_pk.in_(submission_pks),
        Submission.record_pk == Submission.submission_pk,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )
    ordered = query.order_by(Submission.submission_pk).with_for_update()
    return [Version(**row._mapping) for row in connection.execute(ordered)]


def set_all_deleted(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID], at: dt.datetime
) -> None:
    """Of records of one version each."""
    connection.execute(
        sa.update(Submission)
        .where(Submission.project_id == project_id, Submission.submission_pk.in_(submission_pks))
        .values(deleted_at=at)
    )


def lock_versions(
    connection: Connected, project_id: int, submission_pk: uuid.UUID
) -> Sequence[Version]:
    """All versions of the record of which this is one, locked, the oldest first. Empty for copies
    that wait and for what was taken back."""
    record_pk = connection.execute(
        sa.select(Submission.record_pk).where(
            Submission.project_id == project_id,
            Submission.submission_pk == submission_pk,
            Submission.state.in_(_VERSIONS),
        )
    ).scalar()
    query = _VERSION.where(
        Submission.project_id == project_id,
        Submission.record_pk == record_pk,
        Submission.state.in_(_VERSIONS),
    ).with_for_update()
    if not db.current().is_sqlite:
        # Two who lock versions in another order wait for each other: as they came, everywhere.
        # (SQLite has one writer, and would read the whole project in that order.)
        query = query.order_by(Submission.submission_pk)
    while record_pk is not None:
        found = (Version(**row._mapping) for row in connection.execute(query))
        versions = sorted(found, key=lambda version: version.submission_pk)
        # Where we waited for an edit, the version that it made was not there yet when we looked.
        if not versions or any(version.is_current for version in versions):
            return versions
    return ()


def set_deleted(
    connection: Connected, project_id: int, record_pk: uuid.UUID, at: dt.datetime | None
) -> None:
    """Of all versions of a record; None takes it back."""
    connection.execute(
        sa.update(Submission)
        .where(
            Submission.project_id == project_id,
            Submission.record_pk == record_pk,
            Submission.state.in_(_VERSIONS),
        )
        .values(deleted_at=at)
    )
