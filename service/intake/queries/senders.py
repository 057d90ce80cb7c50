"""What one phone or person sent."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from service.forms.tables import Form
from service.foundation import ids
from service.intake.queries.listing import LISTED, Connected, Listed, as_listed
from service.intake.tables import (
    Quarantined,
    Submission,
)


def last_seen(session: Connected, project_id: int) -> dict[int, tuple[dt.datetime, int]]:
    """{app user or person: (last submission, how many)}."""
    rows = session.execute(
        sa.select(Submission.submitter_id, sa.func.max(Submission.received_at), sa.func.count())
        .where(Submission.project_id == project_id, Submission.submitter_id.is_not(None))
        .group_by(Submission.submitter_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}


def list_sent_by(
    session: Connected,
    project_id: int,
    submitter_id: int,
    since: dt.datetime,
    *,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> list[Listed]:
    """What a phone or person sent since a moment, every version of it, newest first."""
    query = LISTED.where(*_sent_by(project_id, submitter_id, since))
    if after is not None:
        query = query.where(Submission.submission_pk < after)
    page = query.order_by(Submission.submission_pk.desc()).limit(limit)
    return [as_listed(row) for row in session.execute(page)]


def list_arrivals(
    session: Connected, project_id: int, submitter_id: int, since: dt.datetime
) -> list[tuple[str, dt.datetime]]:
    """(formID, when) of everything that a phone or person sent since a moment. At most what one
    phone may send in its life: days are counted where the reader's time zone is known."""
    rows = session.execute(
        sa.select(Form.form_id, Submission.received_at)
        .join(Form, Form.form_pk == Submission.form_pk)
        .where(*_sent_by(project_id, submitter_id, since))
    )
    return [(row.form_id, row.received_at) for row in rows]


def _sent_by(
    project_id: int, submitter_id: int, since: dt.datetime
) -> tuple[sa.ColumnElement[bool], ...]:
    """Keys rise with time, so the phone's life is a range of them: no index by sender, which
    every submission would have to pay for."""
    return (
        Submission.project_id == project_id,
        Submission.submission_pk >= ids.first_of(since),
        Submission.submitter_id == submitter_id,
    )


def count_quarantined_of(session: Connected, project_id: int, submitter_id: int) -> int:
    """What a phone or person sent that could not be read."""
    query = sa.select(sa.func.count()).where(
        Quarantined.project_id == project_id, Quarantined.submitter_id == submitter_id
    )
    return session.execute(query).scalar_one()
