"""What of a project waits for a person, and the last time at which something came: for checks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation.columns import UtcDateTime
from service.intake.tables import Quarantined, State, Submission


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Counts and one time; of nobody."""

    queued: int
    quarantined: int
    newest_received_at: dt.datetime | None
    """By our clock at that time. Keys rise with it, so it is the last one's."""


def look(session: Session, project_id: int) -> Waiting:
    """In one statement, by indexes."""
    queued = sa.select(sa.func.count()).where(
        Submission.project_id == project_id,
        Submission.state == State.QUEUED,
        Submission.deleted_at.is_(None),
    )
    quarantined = sa.select(sa.func.count()).where(
        Quarantined.project_id == project_id, Quarantined.resolved_at.is_(None)
    )
    newest = (
        sa.select(Submission.received_at)
        .where(Submission.project_id == project_id)
        .order_by(Submission.submission_pk.desc())
        .limit(1)
    )
    row = session.execute(
        sa.select(
            queued.scalar_subquery(),
            quarantined.scalar_subquery(),
            sa.type_coerce(newest.scalar_subquery(), UtcDateTime),
        )
    ).one()
    return Waiting(queued=row[0], quarantined=row[1], newest_received_at=row[2])
