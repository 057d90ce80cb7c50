"""What is here already of what a source tells."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.forms.states import FormState
from service.forms.tables import Form, FormVersion
from service.intake.envelope import MOVED
from service.intake.queries.receiving import instance_digest
from service.intake.tables import State, Submission
from service.moving.plan import Held, Offered
from service.moving.tables import MovedRecord
from service.review.states import ReviewState
from service.review.tables import RecordReview

GONE = (State.ERASED, State.EXPIRED)
DECIDED = (ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.HAS_ISSUES)


def find_held(
    session: Session, project_id: int, form_pk: int, instance_ids: Collection[str]
) -> dict[str, Held]:
    """What is stored under these instance IDs. One statement for a page of records."""
    present = aliased(Submission)
    digests = {instance_digest(project_id, form_pk, one): one for one in instance_ids}
    rows = session.execute(
        sa.select(
            Submission.instance_digest,
            Submission.state,
            Submission.deleted_at,
            Submission.files_expected,
            Submission.files_present,
            Submission.xml_digest,
            RecordReview.state.label("review"),
            (RecordReview.submission_pk == Submission.submission_pk).label("is_looked_at"),
            present.channel.label("came_by"),
        )
        .outerjoin(
            present,
            sa.and_(
                present.project_id == Submission.project_id,
                present.record_pk == Submission.record_pk,
                present.state == State.CURRENT,
            ),
        )
        .outerjoin(
            RecordReview,
            sa.and_(
                RecordReview.project_id == Submission.project_id,
                RecordReview.record_pk == Submission.record_pk,
            ),
        )
        .where(
            Submission.project_id == project_id,
            Submission.instance_digest.in_(list(digests)),
            Submission.state != State.QUEUED,
        )
    )
    return {
        digests[bytes(row.instance_digest)]: Held(
            is_gone=row.state in GONE or row.deleted_at is not None,
            is_complete=row.files_present >= row.files_expected,
            is_current=row.state == State.CURRENT,
            is_untouched=row.came_by == MOVED,
            has_review=row.review in DECIDED and bool(row.is_looked_at),
            xml_digest=row.xml_digest,
        )
        for row in rows
    }


def find_known(
    session: Session, project_id: int, form_pk: int, names: Collection[str]
) -> dict[str, Held]:
    """What is here of records that a source knows by these. One statement for a page of them."""
    digests = {instance_digest(project_id, form_pk, one): one for one in names}
    first, present = aliased(Submission), aliased(Submission)
    rows = session.execute(
        sa.select(
            MovedRecord.known_as,
            first.state,
            first.deleted_at,
            present.channel.label("came_by"),
        )
        .join(first, _is_of_moved(first, first.submission_pk))
        .outerjoin(
            present,
            sa.and_(_is_of_moved(present, present.record_pk), present.state == State.CURRENT),
        )
        .where(MovedRecord.project_id == project_id, MovedRecord.known_as.in_(list(digests)))
    )
    return {
        digests[bytes(row.known_as)]: Held(
            is_gone=row.state in GONE or row.deleted_at is not None,
            is_current=row.state == State.CURRENT,
            is_untouched=row.came_by == MOVED,
            is_known_alone=True,
        )
        for row in rows
    }


def _is_of_moved(of: type[Submission], key: Any) -> sa.ColumnElement[bool]:
    return sa.and_(of.project_id == MovedRecord.project_id, key == MovedRecord.record_pk)


class Ends(NamedTuple):
    """Instance IDs of a record's first version and its present one."""

    first_id: str
    present_id: str


def find_ends(
    session: Session, project_id: int, form_pk: int, names: Collection[str]
) -> Ends | None:
    """Of a record that is here, or was brought, under one of these."""
    digests = [instance_digest(project_id, form_pk, one) for one in names if one]
    first, present = aliased(Submission), aliased(Submission)
    here = sa.select(Submission.record_pk).where(
        Submission.project_id == project_id,
        Submission.instance_digest.in_(digests),
        Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
    )
    brought = sa.select(MovedRecord.record_pk).where(
        MovedRecord.project_id == project_id, MovedRecord.known_as.in_(digests)
    )
    row = session.execute(
        sa.select(first.instance_id, present.instance_id)
        .join(
            present,
            sa.and_(
                present.project_id == first.project_id, present.record_pk == first.submission_pk
            ),
        )
        .where(
            first.project_id == project_id,
            first.submission_pk.in_(here.union(brought)),
            present.state == State.CURRENT,
            present.deleted_at.is_(None),
        )
    ).first()
    return row and Ends(*row)


def find_base(session: Session, project_id: int, form_pk: int, instance_id: str) -> str | None:
    """What a version that is here says that it edits."""
    return session.execute(
        sa.select(Submission.deprecated_id).where(
            Submission.project_id == project_id,
            Submission.instance_digest == instance_digest(project_id, form_pk, instance_id),
            Submission.state != State.QUEUED,
        )
    ).scalar_one_or_none()


def know_by(
    session: Session, project_id: int, form_pk: int, names: Collection[str], instance_id: str
) -> None:
    """Remember what a source knows the record by of which that ID names a version."""
    record = session.execute(
        sa.select(Submission.record_pk).where(
            Submission.project_id == project_id,
            Submission.instance_digest == instance_digest(project_id, form_pk, instance_id),
            Submission.state != State.QUEUED,
        )
    ).scalar_one_or_none()
    for name in names if record is not None else ():
        key = {"project_id": project_id, "known_as": instance_digest(project_id, form_pk, name)}
        if session.get(MovedRecord, key) is None:
            session.add(MovedRecord(**key, record_pk=record))


def find_form(session: Session, project_id: int, form_id: str) -> tuple[int, FormState] | None:
    """(key, state) of a form that was published here."""
    row = session.execute(
        sa.select(Form.form_pk, Form.state).where(
            Form.project_id == project_id,
            Form.form_id == form_id,
            Form.deleted_at.is_(None),
            Form.current_version_pk.is_not(None),
        )
    ).first()
    return None if row is None else (row.form_pk, row.state)


def find_offered(session: Session, project_id: int, form_id: str) -> Offered | None:
    """The version that phones are offered here."""
    row = session.execute(
        sa.select(FormVersion.version, FormVersion.key_fingerprint)
        .join(Form, Form.current_version_pk == FormVersion.version_pk)
        .where(Form.project_id == project_id, Form.form_id == form_id, Form.deleted_at.is_(None))
    ).first()
    return row and Offered(*row)


def find_version(
    session: Session, project_id: int, form_id: str, version: str
) -> tuple[int, bytes] | None:
    """(key, XML) of one published version."""
    row = session.execute(
        sa.select(FormVersion.version_pk, FormVersion.xml)
        .join(Form, Form.form_pk == FormVersion.form_pk)
        .where(
            Form.project_id == project_id,
            Form.form_id == form_id,
            Form.deleted_at.is_(None),
            FormVersion.version == version,
        )
    ).first()
    return None if row is None else (row.version_pk, bytes(row.xml))
