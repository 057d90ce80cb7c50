"""Records by the import that brought them."""

from __future__ import annotations

import uuid
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.intake.envelope import MOVED
from service.intake.tables import State, Submission


class OfBatch(NamedTuple):
    submission_pk: uuid.UUID
    instance_id: str


def list_of(
    session: Session, project_id: int, batch: str, after: uuid.UUID | None, limit: int
) -> list[OfBatch]:
    """Present versions that stand as they were brought, and were not removed, in the order of their
    keys. What somebody changed since is theirs, and stays."""
    query = (
        sa.select(Submission.submission_pk, Submission.instance_id)
        .where(
            Submission.project_id == project_id,
            Submission.channel == MOVED,
            Submission.device_key == batch,
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
        )
        .order_by(Submission.submission_pk)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Submission.submission_pk > after)
    return [OfBatch(*row) for row in session.execute(query)]
