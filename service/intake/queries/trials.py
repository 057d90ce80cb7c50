"""What was sent to try a draft."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.intake.tables import TrialRecord

MOST = 500
"""Kept of one draft; the oldest make room."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One of them, without what it says."""

    trial_pk: uuid.UUID
    instance_id: str
    canonical_digest: bytes
    received_at: dt.datetime
    device_key: str | None
    user_agent: str
    key_pk: uuid.UUID


_TRIALS = sa.select(
    TrialRecord.trial_pk,
    TrialRecord.instance_id,
    TrialRecord.canonical_digest,
    TrialRecord.received_at,
    TrialRecord.device_key,
    TrialRecord.user_agent,
    TrialRecord.key_pk,
)


def insert(session: Session, row: Mapping[str, Any]) -> bool:
    """False where one of that draft has the instance ID already."""
    try:
        with session.begin_nested():
            session.execute(sa.insert(TrialRecord), [dict(row)])
    except IntegrityError:
        return False
    return True


def find(session: Session, project_id: int, draft_pk: int, instance_id: str) -> Trial | None:
    row = session.execute(
        _TRIALS.where(
            TrialRecord.project_id == project_id,
            TrialRecord.draft_pk == draft_pk,
            TrialRecord.instance_id == instance_id,
        )
    ).first()
    return None if row is None else Trial(**row._mapping)


def list_of_draft(session: Session, project_id: int, draft_pk: int) -> list[Trial]:
    """The newest first."""
    rows = session.execute(
        _TRIALS.where(
            TrialRecord.project_id == project_id, TrialRecord.draft_pk == draft_pk
        ).order_by(TrialRecord.trial_pk.desc())
    )
    return [Trial(**row._mapping) for row in rows]


def delete(session: Session, project_id: int, trials: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Answers the keys of those that were there."""
    gone = session.execute(
        sa.delete(TrialRecord)
        .where(TrialRecord.project_id == project_id, TrialRecord.trial_pk.in_(list(trials)))
        .returning(TrialRecord.key_pk)
    )
    return list(gone.scalars())


def list_of_drafts(
    session: Session, project_id: int, draft_pks: Collection[int]
) -> list[uuid.UUID]:
    """Keys of rows."""
    query = sa.select(TrialRecord.trial_pk).where(
        TrialRecord.project_id == project_id, TrialRecord.draft_pk.in_(list(draft_pks))
    )
    return list(session.scalars(query))


def list_older(session: Session, project_id: int, than: dt.datetime) -> list[uuid.UUID]:
    """Keys of rows."""
    query = sa.select(TrialRecord.trial_pk).where(
        TrialRecord.project_id == project_id, TrialRecord.received_at < than
    )
    return list(session.scalars(query))
