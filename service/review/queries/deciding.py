"""What was decided of records, and what the team said of them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.facts import queries as facts
from service.intake.tables import State, Submission
from service.persons.tables import Pair
from service.review.four_eyes import Kind
from service.review.queries import flags
from service.review.states import ReviewState
from service.review.tables import (
    FlagLook,
    Proposal,
    RecordComment,
    RecordFlag,
    RecordReview,
    ReviewChange,
)


def put_state(
    session: Session,
    project_id: int,
    record_pk: uuid.UUID,
    submission_pk: uuid.UUID,
    state: ReviewState | None,
    decided_by: int | None,
    now: dt.datetime,
    copied_from: str | None = None,
) -> None:
    """The last word on a record. Nobody has it in hand any more."""
    _put(
        session,
        project_id,
        record_pk,
        submission_pk=submission_pk,
        state=state,
        decided_by=decided_by,
        decided_at=now,
        copied_from=copied_from,
        owner_id=None,
        owned_at=None,
    )


def put_owner(
    session: Session,
    project_id: int,
    record_pk: uuid.UUID,
    submission_pk: uuid.UUID,
    state: ReviewState | None,
    owner_id: int,
    now: dt.datetime,
) -> None:
    """Who has this version in hand, of which nobody decided: `state` is none, or edited."""
    _put(
        session,
        project_id,
        record_pk,
        submission_pk=submission_pk,
        state=state,
        decided_by=None,
        decided_at=now,
        copied_from=None,
        owner_id=owner_id,
        owned_at=now,
    )


def _put(session: Session, project_id: int, record_pk: uuid.UUID, **values: Any) -> None:
    mine = (RecordReview.project_id == project_id, RecordReview.record_pk == record_pk)
    try:
        with session.begin_nested():
            session.add(RecordReview(project_id=project_id, record_pk=record_pk, **values))
            session.flush()
    except IntegrityError:  # somebody has looked before
        session.execute(sa.update(RecordReview).where(*mine).values(values))


@dataclass(frozen=True, kw_only=True)
class LookTold:
    """The last word on a record, and whose it is."""

    state: ReviewState | None
    decided_by: int | None
    decided_at: dt.datetime


def find_look(session: Session, project_id: int, record_pk: uuid.UUID) -> LookTold | None:
    """None: nobody has looked."""
    row = session.execute(
        sa.select(RecordReview.state, RecordReview.decided_by, RecordReview.decided_at).where(
            RecordReview.project_id == project_id, RecordReview.record_pk == record_pk
        )
    ).first()
    return row and LookTold(**row._mapping)


@dataclass(frozen=True, kw_only=True)
class StoredComment:
    comment_pk: uuid.UUID
    actor_id: int | None
    created_at: dt.datetime
    sealed: bytes = field(repr=False)


def insert_comment(
    session: Session, project_id: int, record_pk: uuid.UUID, comment: StoredComment
) -> None:
    session.add(
        RecordComment(
            project_id=project_id,
            record_pk=record_pk,
            comment_pk=comment.comment_pk,
            actor_id=comment.actor_id,
            created_at=comment.created_at,
            sealed=comment.sealed,
        )
    )
    session.flush()


def put_comment(session: Session, project_id: int, comment_pk: uuid.UUID, sealed: bytes) -> None:
    """The same words, sealed under another key."""
    of_it = (RecordComment.project_id == project_id, RecordComment.comment_pk == comment_pk)
    session.execute(sa.update(RecordComment).where(*of_it).values(sealed=sealed))


def list_comments(session: Session, project_id: int, record_pk: uuid.UUID) -> list[StoredComment]:
    """The newest first."""
    rows = session.execute(
        sa.select(
            RecordComment.comment_pk,
            RecordComment.actor_id,
            RecordComment.created_at,
            RecordComment.sealed,
        )
        .where(RecordComment.project_id == project_id, RecordComment.record_pk == record_pk)
        .order_by(RecordComment.comment_pk.desc())
    )
    return [StoredComment(**row._mapping) for row in rows]


OVER = (State.ERASED, State.EXPIRED)


def delete_of_erased(session: Session, project_id: int) -> list[uuid.UUID]:
    """Rows about records that were erased. What they said is unreadable already: it was sealed
    under the record's key; but for flags, which tell codes, in other records too: answers the
    versions that lost one so."""
    erased = sa.select(Submission.submission_pk).where(
        Submission.project_id == project_id, Submission.state.in_(OVER)
    )
    for table in (RecordComment, RecordReview, ReviewChange, RecordFlag, FlagLook):
        session.execute(
            sa.delete(table).where(table.project_id == project_id, table.record_pk.in_(erased))
        )
    session.execute(
        sa.delete(Proposal).where(Proposal.project_id == project_id, Proposal.subject.in_(erased))
    )
    pair = sa.exists().where(Pair.project_id == project_id, Pair.pair_pk == Proposal.subject)
    of_joins = (Proposal.kind == Kind.JOIN_PERSONS.value, ~pair)
    session.execute(sa.delete(Proposal).where(Proposal.project_id == project_id, *of_joins))
    facts.forget_standings(session, project_id, erased)
    return flags.delete_comparing(session, project_id, erased)
