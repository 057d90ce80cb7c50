"""What was returned to one sender, to be mended: ids, days, places, reasons; no answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.intake.tables import State, Submission
from service.review.queries import changes
from service.review.states import ReviewState, What
from service.review.tables import RecordReview

MOST = 200


@dataclass(frozen=True, kw_only=True)
class Returned:
    """A record that stands as it was returned."""

    instance_id: str
    """Of the version that was looked at: what a correction says that it corrects."""
    sent_at: dt.datetime
    returned_at: dt.datetime
    place: str | None
    reasons: tuple[str, ...]


_first = aliased(Submission)


def list_returned(
    session: Session, project_id: int, form_pk: int, sender_id: int
) -> list[Returned]:
    """Of a form, to whoever sent the first version, the newest return first. Two statements."""
    query = (
        sa.select(
            Submission.record_pk,
            Submission.instance_id,
            _first.received_at,
            RecordReview.decided_at,
            Submission.place,
        )
        .select_from(RecordReview)
        .join(
            Submission,
            sa.and_(
                Submission.project_id == RecordReview.project_id,
                Submission.submission_pk == RecordReview.submission_pk,
            ),
        )
        .join(
            _first,
            sa.and_(
                _first.project_id == RecordReview.project_id,
                _first.submission_pk == RecordReview.record_pk,
            ),
        )
        .where(
            RecordReview.project_id == project_id,
            RecordReview.state == sa.literal_column(f"'{ReviewState.HAS_ISSUES}'"),
            Submission.form_pk == form_pk,
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
            _first.submitter_id == sender_id,
        )
        .order_by(RecordReview.decided_at.desc(), RecordReview.record_pk)
        .limit(MOST)
    )
    rows = session.execute(query).all()
    if not rows:
        return []
    said = changes.last_of(session, project_id, [row.record_pk for row in rows], What.RETURNED)
    return [
        Returned(
            instance_id=row.instance_id,
            sent_at=row.received_at,
            returned_at=row.decided_at,
            place=row.place,
            reasons=tuple(said[row.record_pk].reasons) if row.record_pk in said else (),
        )
        for row in rows
    ]
