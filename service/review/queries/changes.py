"""What became of records since they came: written once a step, and never changed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorRow
from service.foundation import clock, ids
from service.review.states import What
from service.review.tables import ReviewChange


def insert(
    session: Session,
    project_id: int,
    record_pk: uuid.UUID,
    submission_pk: uuid.UUID,
    what: What,
    actor_id: int | None,
    *,
    reasons: Sequence[str] = (),
    comment_pk: uuid.UUID | None = None,
    origin: str | None = None,
) -> None:
    session.add(
        ReviewChange(
            project_id=project_id,
            change_pk=ids.new_uuid(),
            record_pk=record_pk,
            submission_pk=submission_pk,
            what=what,
            actor_id=actor_id,
            at=clock.now(),
            reasons=list(reasons),
            comment_pk=comment_pk,
            origin=origin,
        )
    )
    session.flush()


def insert_of_many(
    session: Session,
    project_id: int,
    record_pks: Sequence[uuid.UUID],
    what: What,
    actor_id: int | None,
    reasons: Sequence[str],
) -> None:
    """The same of records of one version each."""
    rows = [
        {
            "project_id": project_id,
            "change_pk": ids.new_uuid(),
            "record_pk": record_pk,
            "submission_pk": record_pk,
            "what": what,
            "actor_id": actor_id,
            "at": clock.now(),
            "reasons": list(reasons),
        }
        for record_pk in record_pks
    ]
    if rows:
        session.execute(sa.insert(ReviewChange), rows)


@dataclass(frozen=True, kw_only=True)
class ChangeTold:
    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    what: What
    actor_id: int | None
    at: dt.datetime
    reasons: list[str]
    has_comment: bool
    origin: str | None
    name: str | None
    """Of whoever did it."""


_TOLD = sa.select(
    ReviewChange.record_pk,
    ReviewChange.submission_pk,
    ReviewChange.what,
    ReviewChange.actor_id,
    ReviewChange.at,
    ReviewChange.reasons,
    ReviewChange.comment_pk.is_not(None).label("has_comment"),
    ReviewChange.origin,
    ActorRow.display_name.label("name"),
).outerjoin(ActorRow, ActorRow.id == ReviewChange.actor_id)
MOST = 200
"""Steps of one record that are shown, the newest."""


def list_of(session: Session, project_id: int, record_pk: uuid.UUID) -> list[ChangeTold]:
    """The newest first."""
    query = _TOLD.where(
        ReviewChange.project_id == project_id, ReviewChange.record_pk == record_pk
    ).order_by(ReviewChange.change_pk.desc())
    return [_as_told(row) for row in session.execute(query.limit(MOST))]


def last_of(
    session: Session, project_id: int, record_pks: Collection[uuid.UUID], what: What
) -> dict[uuid.UUID, ChangeTold]:
    """Of each of these records the last step of this kind, in one statement."""
    query = _TOLD.where(
        ReviewChange.project_id == project_id,
        ReviewChange.record_pk.in_(list(record_pks)),
        ReviewChange.what == what,
    ).order_by(ReviewChange.change_pk)
    return {row.record_pk: _as_told(row) for row in session.execute(query)}


def _as_told(row: Any) -> ChangeTold:
    return ChangeTold(**{**row._mapping, "has_comment": bool(row.has_comment)})
