"""Where records stand, for lists of them: whose turn it is, and since when."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import Reach
from service.accounts.tables import ActorRow
from service.intake.queries.listing import within
from service.intake.tables import State, Submission
from service.review.states import WORDS, Stage, present_state, stage_of
from service.review.tables import RecordReview

_OPEN = (Stage.RECEIVED, Stage.EDITED)


@dataclass(frozen=True, kw_only=True)
class StageTold:
    """Of a version that stands."""

    record_pk: uuid.UUID
    stage: Stage
    since: dt.datetime
    who: str | None
    """Who has it in hand, or decided; None: nobody."""
    who_id: int | None
    origin: str | None
    """The server on which it was decided."""


_OF_IT = sa.and_(
    RecordReview.project_id == Submission.project_id,
    RecordReview.record_pk == Submission.record_pk,
    RecordReview.submission_pk == Submission.submission_pk,
)
_TOLD = (
    sa.select(
        Submission.submission_pk,
        Submission.record_pk,
        Submission.received_at,
        RecordReview.state,
        RecordReview.submission_pk.label("looked_at"),
        RecordReview.owner_id,
        RecordReview.owned_at,
        RecordReview.decided_by,
        RecordReview.decided_at,
        RecordReview.copied_from,
        ActorRow.display_name,
    )
    .outerjoin(RecordReview, _OF_IT)
    .outerjoin(
        ActorRow, ActorRow.id == sa.func.coalesce(RecordReview.owner_id, RecordReview.decided_by)
    )
)


def list_stages(
    session: Session, project_id: int, submission_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, StageTold]:
    """Of those of these versions that stand, in one statement."""
    query = _TOLD.where(
        Submission.project_id == project_id,
        Submission.submission_pk.in_(list(submission_pks)),
        Submission.state == State.CURRENT,
    )
    return {row.submission_pk: _as_told(row) for row in session.execute(query)}


def _as_told(row: Any) -> StageTold:
    state = present_state(row.record_pk, row.submission_pk, row.state, row.looked_at)
    stage = stage_of(state, has_owner=row.owner_id is not None)
    return StageTold(
        record_pk=row.record_pk,
        stage=stage,
        since=row.owned_at or row.decided_at or row.received_at,
        who=None if stage in _OPEN else row.display_name,
        who_id=None if stage in _OPEN else row.owner_id or row.decided_by,
        origin=row.copied_from,
    )


def is_in(stage: Stage, owner_id: int | None = None) -> sa.ColumnElement[bool]:
    """Of a version in a list: whether it stands at this stage (`owner_id`: in whose hands)."""
    look = aliased(RecordReview)
    of_it = (
        look.project_id == Submission.project_id,
        look.record_pk == Submission.record_pk,
        look.submission_pk == Submission.submission_pk,
    )
    stands = Submission.state == State.CURRENT
    if stage is Stage.IN_REVIEW:
        whose = look.owner_id.is_not(None) if owner_id is None else look.owner_id == owner_id
        return sa.and_(stands, sa.exists().where(*of_it, whose))
    if stage not in _OPEN:
        return sa.and_(stands, sa.exists().where(*of_it, look.state == WORDS[stage]))
    is_first = Submission.submission_pk == Submission.record_pk
    unseen = sa.and_(
        is_first if stage is Stage.RECEIVED else sa.not_(is_first),
        sa.not_(sa.exists().where(*of_it)),
    )
    word = look.state.is_(None) if WORDS[stage] is None else look.state == WORDS[stage]
    said = sa.exists().where(*of_it, word, look.owner_id.is_(None))
    return sa.and_(stands, sa.or_(unseen, said))


def count_unlooked(session: Session, project_id: int, reach: Reach, before: dt.datetime) -> int:
    """Records within reach that came before then, and that nobody took on or decided."""
    query = sa.select(sa.func.count()).where(
        Submission.project_id == project_id,
        Submission.deleted_at.is_(None),
        Submission.received_at < before,
        within(reach),
        sa.or_(*(is_in(stage) for stage in _OPEN)),
    )
    return session.scalar(query) or 0
