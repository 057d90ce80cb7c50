"""What a look at a record found, and what the team said of it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import ByValue, Uid, UtcDateTime
from service.foundation.db import Base
from service.review.states import ReviewState


def _of_record(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "record_pk"],
        ["submissions.project_id", "submissions.submission_pk"],
        name=f"fk_{table}_record",
        ondelete="CASCADE",
    )


class RecordReview(Base):
    """What was last decided of a record. It is about one version: an edit opens it again."""

    __tablename__ = "record_reviews"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    """The version that was looked at."""
    state: Mapped[ReviewState | None] = mapped_column(ByValue(ReviewState))
    decided_by: Mapped[int | None]
    decided_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    copied_from: Mapped[str | None] = mapped_column(sa.String(120))
    """The server on which it was decided, where the record was brought along: `decided_by` is
    nobody then. Null: it was decided here."""

    __table_args__ = (_of_record("record_reviews"),)


class RecordComment(Base):
    """A comment of the team. It may say who somebody is, so it is sealed, under the key of the
    record's first version: whoever erases the record erases what was said of it, in every backup.
    """

    __tablename__ = "record_comments"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    comment_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    actor_id: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        _of_record("record_comments"),
        sa.Index("ix_record_comments_record", "project_id", "record_pk", "comment_pk"),
    )
