"""What is here already of what a source tells."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.forms.states import FormState
from service.forms.tables import Form, FormVersion
from service.intake.envelope import MOVED
from service.intake.queries.receiving import instance_digest
from service.intake.tables import State, Submission
from service.moving.plan import Held, Offered
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
        )
        for row in rows
    }


def find_form(session: Session, project_id: int, form_id: str) -> tuple[int, FormState] | None:
    """(key, state) of a form that was published here."""
    row = session.execute(
        sa.select(Form.form_pk, Form.state).where(
            Form.project_id == project_id,
            Form.form_id == form_id,
            Form.current_version_pk.is_not(None),
        )
    ).first()
    return None if row is None else (row.form_pk, row.state)


def find_offered(session: Session, project_id: int, form_id: str) -> Offered | None:
    """The version that phones are offered here."""
    row = session.execute(
        sa.select(FormVersion.version, FormVersion.key_fingerprint)
        .join(Form, Form.current_version_pk == FormVersion.version_pk)
        .where(Form.project_id == project_id, Form.form_id == form_id)
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
            FormVersion.version == version,
        )
    ).first()
    return None if row is None else (row.version_pk, bytes(row.xml))
