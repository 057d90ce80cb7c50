"""What changed of what an app sent: states and counts, never what was said."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from service.forms.tables import Form
from service.intake.envelope import JSON
from service.intake.queries.receiving import Connected
from service.intake.tables import State, Submission

BEGINNING, NO_KEY = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), uuid.UUID(int=0)
"""Before everything."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One instance as it stands now. `status` is stored, queued, replaced or removed."""

    submission_pk: uuid.UUID
    instance_id: str
    form_id: str
    status: str
    reason: str | None
    files_expected: int
    files_present: int
    changed_at: dt.datetime


STORED = "stored"
_STATUS = {State.CURRENT: STORED, State.SUPERSEDED: "replaced", State.QUEUED: "queued"}


def list_changes(
    connection: Connected,
    project_id: int,
    sender_id: int | None,
    after: tuple[dt.datetime, uuid.UUID],
    until: dt.datetime,
    limit: int,
    form_ids: Collection[str] | None = None,
) -> list[Change]:
    """Of what this sender sent by JSON sync: what changed after that place and before `until`,
    oldest first. One statement, by an index that begins there."""
    changed, key = Submission.changed_at, Submission.submission_pk
    query = (
        sa.select(
            key,
            Submission.instance_id,
            Form.form_id,
            Submission.state,
            Submission.reason,
            Submission.deleted_at,
            Submission.files_expected,
            Submission.files_present,
            changed,
        )
        .join(Form, Form.form_pk == Submission.form_pk)
        .where(
            Submission.project_id == project_id,
            Submission.submitter_id == sender_id,
            Submission.channel == sa.literal_column(f"'{JSON}'"),
            Submission.state != State.ERASED,
            sa.or_(changed > after[0], sa.and_(changed == after[0], key > after[1])),
            changed < until,
        )
        .order_by(changed, key)
        .limit(limit)
    )
    if form_ids is not None:
        query = query.where(Form.form_id.in_(form_ids))
    return [
        Change(
            submission_pk=row.submission_pk,
            instance_id=row.instance_id,
            form_id=row.form_id,
            status="removed" if row.deleted_at is not None else _STATUS[row.state],
            reason=row.reason,
            files_expected=row.files_expected,
            files_present=row.files_present,
            changed_at=row.changed_at,
        )
        for row in connection.execute(query)
    ]


def touch(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, now: dt.datetime
) -> None:
    """What is known of a version elsewhere is not as it was: its app is told, where one sent it."""
    connection.execute(
        sa.update(Submission)
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk == submission_pk,
            Submission.channel == sa.literal_column(f"'{JSON}'"),
        )
        .values(changed_at=now)
    )
