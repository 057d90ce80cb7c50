"""Copies that wait for a person, and those that a person set aside: nothing of what they say."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import Reach
from service.forms.tables import Form
from service.intake.queries.erasing import IS_QUEUED, NOT_QUEUED
from service.intake.queries.listing import LISTED, Connected, Listed, within
from service.intake.queries.receiving import PUT_IN_PLACE, instance_digest
from service.intake.tables import State, Submission


@dataclass(frozen=True, kw_only=True)
class Copy(Listed):
    """One copy that contradicts what stands, or did when it came."""

    form_pk: int
    deprecated_id: str | None = field(repr=False)

    @property
    def names(self) -> str:
        """The ID of a version of the record that it speaks of: what it edits, else its own."""
        return self.deprecated_id or self.instance_id


_COPY = LISTED.add_columns(Submission.form_pk, Submission.deprecated_id).where(IS_QUEUED)


def list_copies(
    session: Connected,
    project_id: int,
    reach: Reach,
    *,
    is_set_aside: bool = False,
    form_id: str | None = None,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> list[Copy]:
    """Newest first, from `after` (exclusive) on; those that wait, or those that were set aside."""
    query = _COPY.where(
        Submission.project_id == project_id,
        within(reach),
        Submission.deleted_at.is_not(None) if is_set_aside else Submission.deleted_at.is_(None),
    )
    if form_id is not None:
        query = query.where(Form.form_id == form_id)
    if after is not None:
        query = query.where(Submission.submission_pk < after)
    page = query.order_by(Submission.submission_pk.desc()).limit(limit)
    return [Copy(**row._mapping) for row in session.execute(page)]


def find_copy(session: Connected, project_id: int, submission_pk: uuid.UUID) -> Copy | None:
    """None for what is no copy, or is none any more."""
    row = session.execute(
        _COPY.where(Submission.project_id == project_id, Submission.submission_pk == submission_pk)
    ).first()
    return None if row is None else Copy(**row._mapping)


def list_waiting(
    session: Connected, project_id: int, submission_pks: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Those of these that are copies and wait."""
    query = sa.select(Submission.submission_pk).where(
        Submission.project_id == project_id,
        Submission.submission_pk.in_(list(submission_pks)),
        IS_QUEUED,
        Submission.deleted_at.is_(None),
    )
    return list(session.execute(query).scalars())


def named_by(
    session: Session, project_id: int, copies: Collection[Copy]
) -> dict[uuid.UUID, uuid.UUID]:
    """{copy: the version that it names}, in one statement; without those that name none here."""
    digests = {
        one.submission_pk: instance_digest(project_id, one.form_pk, one.names) for one in copies
    }
    rows = session.execute(
        sa.select(Submission.instance_digest, Submission.submission_pk).where(
            Submission.project_id == project_id,
            Submission.instance_digest.in_(set(digests.values())),
            NOT_QUEUED,
            Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
        )
    )
    found = {bytes(digest): key for digest, key in rows}
    return {key: found[digest] for key, digest in digests.items() if digest in found}


def are_contradicted(
    session: Session, project_id: int, record_pks: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Those of these records of which a copy waits that says otherwise, in one statement."""
    version = aliased(Submission)
    names = sa.or_(
        Submission.deprecated_id == version.instance_id,
        Submission.instance_id == version.instance_id,
    )
    query = (
        sa.select(version.record_pk)
        .join_from(
            version,
            Submission,
            sa.and_(
                Submission.project_id == version.project_id,
                Submission.form_pk == version.form_pk,
                IS_QUEUED,
                Submission.deleted_at.is_(None),
                names,
            ),
        )
        .where(
            version.project_id == project_id,
            version.record_pk.in_(list(record_pks)),
            version.state.in_((State.CURRENT, State.SUPERSEDED)),
        )
        .distinct()
    )
    return set(session.scalars(query))


def set_aside(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, now: dt.datetime
) -> bool:
    """False where it does not wait any more."""
    return _set(connection, project_id, submission_pk, Submission.deleted_at.is_(None), now)


def wait_again(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> bool:
    """False where it is not set aside any more."""
    return _set(connection, project_id, submission_pk, Submission.deleted_at.is_not(None), None)


def _set(
    connection: Connected,
    project_id: int,
    submission_pk: uuid.UUID,
    which: sa.ColumnElement[bool],
    deleted_at: dt.datetime | None,
) -> bool:
    done = connection.execute(
        sa.update(Submission)
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk == submission_pk,
            IS_QUEUED,
            which,
        )
        .values(deleted_at=deleted_at)
        .returning(Submission.submission_pk)
    )
    return done.first() is not None


def lock_placed(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> Any:
    """A copy that a person put in the place of what stood, and that stands still, locked; None
    where it does not."""
    row = connection.execute(
        sa.select(*Submission.__table__.columns)
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk == submission_pk,
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
        )
        .with_for_update()
    ).first()
    return row if row is not None and PUT_IN_PLACE in row.flags else None
