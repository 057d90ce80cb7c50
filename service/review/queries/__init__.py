"""Who looked at what, from the audit log; which records somebody may look at."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.policy import Act
from service.accounts.reach import Reach, Thing
from service.accounts.tables import ActorRow
from service.foundation.audit import AuditEntry
from service.intake.queries import listing
from service.intake.tables import PreparedFile, State, Submission
from service.review.browsing import Opening, Reading

MOST = 5000


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


def list_readings(
    session: Session,
    project_id: int,
    *,
    who: int | None = None,
    record: uuid.UUID | None = None,
    before: tuple[dt.datetime, uuid.UUID] | None = None,
    limit: int,
) -> list[Reading]:
    """Openings, the newest first: of everybody, of one person, of one record. `before`: moment and
    entry of the last one that was seen."""
    query = (
        sa.select(
            AuditEntry.at,
            AuditEntry.entry_pk,
            AuditEntry.actor_id,
            AuditEntry.subject,
            AuditEntry.details,
            ActorRow.display_name,
        )
        .outerjoin(ActorRow, ActorRow.id == AuditEntry.actor_id)
        .where(AuditEntry.project_id == project_id, _IS_READING)
        .order_by(AuditEntry.at.desc(), AuditEntry.entry_pk.desc())
        .limit(limit)
    )
    if who is not None:
        query = query.where(AuditEntry.actor_id == who)
    if record is not None:
        query = query.where(AuditEntry.subject == str(record))
    if before is not None:
        query = query.where(sa.tuple_(AuditEntry.at, AuditEntry.entry_pk) < sa.tuple_(*_as(before)))
    rows = session.execute(query).all()
    types = _types(session, project_id, [uuid.UUID(row.details["file"]) for row in rows])
    return [
        Reading(
            at=row.at,
            entry=row.entry_pk,
            actor_id=row.actor_id,
            name=row.display_name or "–",
            record=uuid.UUID(row.subject),
            media_type=types.get(uuid.UUID(row.details["file"])),
            purpose=row.details["purpose"],
        )
        for row in rows
    ]


_IS_READING = AuditEntry.action == sa.literal_column(f"'{Act.TESTIMONY_READ}'")
"""As the index says it."""


def _as(seen: tuple[dt.datetime, uuid.UUID]) -> tuple[sa.ColumnElement[Any], ...]:
    at, entry = seen
    return sa.literal(at, AuditEntry.at.type), sa.literal(entry, AuditEntry.entry_pk.type)


def _types(session: Session, project_id: int, files: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Of those files that are still here."""
    found = session.execute(
        sa.select(PreparedFile.prepared_pk, PreparedFile.media_type).where(
            PreparedFile.project_id == project_id, PreparedFile.prepared_pk.in_(files)
        )
    )
    return {row.prepared_pk: row.media_type for row in found}


def list_openings(session: Session, project_id: int, since: dt.datetime) -> list[Opening]:
    """Who opened files of which records, oldest first; the newest MOST at most."""
    rows = session.execute(
        sa.select(AuditEntry.actor_id, ActorRow.display_name, AuditEntry.subject, AuditEntry.at)
        .outerjoin(ActorRow, ActorRow.id == AuditEntry.actor_id)
        .where(
            AuditEntry.project_id == project_id,
            _IS_READING,
            AuditEntry.at >= since,
        )
        .order_by(AuditEntry.at.desc())
        .limit(MOST)
    ).all()
    return [
        Opening(actor_id=who, name=name or "–", record=uuid.UUID(subject), at=at)
        for who, name, subject, at in reversed(rows)
    ]
