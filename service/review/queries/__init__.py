"""Which records somebody may look at."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import Reach, Thing
from service.intake.queries import listing
from service.intake.tables import State, Submission


def find_thing(session: Session, project_id: int, submission_pk: uuid.UUID) -> Thing | None:
    """What rights to a record are asked of; None where there is no such record."""
    row = session.execute(
        sa.select(Submission.place, Submission.record_pk, _sender().label("sender")).where(
            Submission.project_id == project_id, Submission.submission_pk == submission_pk
        )
    ).first()
    return row and Thing(place=row.place, sender=row.sender, record=row.record_pk)


def _sender() -> sa.ScalarSelect[int | None]:
    """Who sent the first version: by an edit nobody makes a record theirs."""
    first = aliased(Submission)
    same = (first.project_id == Submission.project_id, first.submission_pk == Submission.record_pk)
    return sa.select(first.submitter_id).where(*same).scalar_subquery()


def find_record(session: Session, project_id: int, submission_pk: uuid.UUID) -> uuid.UUID | None:
    """The record of which this is a version, if there is still something of it to read."""
    return session.scalar(
        sa.select(Submission.record_pk).where(
            Submission.project_id == project_id,
            Submission.submission_pk == submission_pk,
            Submission.state.not_in((State.ERASED, State.EXPIRED)),
        )
    )


def get_form(session: Session, project_id: int, record_pk: uuid.UUID) -> int:
    """The form that a record was made with."""
    query = sa.select(Submission.form_pk).where(
        Submission.project_id == project_id, Submission.submission_pk == record_pk
    )
    return session.execute(query).scalar_one()


def list_reached(
    session: Session, project_id: int, submissions: Collection[uuid.UUID], reach: Reach
) -> set[uuid.UUID]:
    """Which of these are within reach."""
    found = session.scalars(
        sa.select(Submission.submission_pk).where(
            Submission.project_id == project_id,
            Submission.submission_pk.in_(submissions),
            _within(reach),
        )
    )
    return set(found)


def _within(reach: Reach) -> sa.ColumnElement[bool]:
    """`Reach.holds_thing` as a condition."""
    ways = [listing.within(reach)]
    if reach.sender is not None:
        ways.append(_sender() == reach.sender)
    if reach.records:
        ways.append(Submission.record_pk.in_(reach.records))
    return sa.or_(*ways)
