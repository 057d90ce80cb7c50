"""Stored versions by their instance IDs, erased ones too: is an ID free, what stands."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import Thing
from service.intake.queries.receiving import instance_digest
from service.intake.tables import State, Submission

Handle = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class StoredVersion:
    """A version, as far as rights to it and adding to it go."""

    submission_pk: uuid.UUID
    instance_id: str
    flags: Sequence[str]
    thing: Thing


_first = aliased(Submission)
_VERSION = sa.select(
    Submission.submission_pk,
    Submission.instance_id,
    Submission.flags,
    Submission.place,
    Submission.record_pk,
    sa.select(_first.submitter_id)
    .where(_first.project_id == Submission.project_id, _first.submission_pk == Submission.record_pk)
    .scalar_subquery()
    .label("sender"),
)


def find_version(
    session: Handle, project_id: int, form_pk: int, instance_id: str
) -> StoredVersion | None:
    """What is stored under an instance ID; copies that wait are not."""
    return _found(
        session,
        Submission.project_id == project_id,
        Submission.instance_digest == instance_digest(project_id, form_pk, instance_id),
        Submission.state != State.QUEUED,
    )


def find_current(
    session: Handle, project_id: int, form_pk: int, instance_id: str
) -> StoredVersion | None:
    """The present version of the record of which this ID names a version, unless removed."""
    named = sa.select(Submission.record_pk).where(
        Submission.project_id == project_id,
        Submission.instance_digest == instance_digest(project_id, form_pk, instance_id),
        Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
    )
    return _found(
        session,
        Submission.project_id == project_id,
        Submission.record_pk.in_(named.scalar_subquery()),
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )


def _found(session: Handle, *conditions: sa.ColumnElement[bool]) -> StoredVersion | None:
    row = session.execute(_VERSION.where(*conditions)).first()
    if row is None:
        return None
    return StoredVersion(
        submission_pk=row.submission_pk,
        instance_id=row.instance_id,
        flags=row.flags,
        thing=Thing(place=row.place, sender=row.sender, record=row.record_pk),
    )
