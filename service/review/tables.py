"""What a look at a record found, what became of it since it came, and what the team said of it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base
from service.review.flags.kinds import Code
from service.review.states import ReviewState, What


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
    owner_id: Mapped[int | None]
    """Who took this version on, until somebody decides."""
    owned_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        _of_record("record_reviews"),
        # What was returned, for the lists on phones: they are asked for every quarter of an hour.
        sa.Index(
            "ix_record_reviews_returned",
            "project_id",
            "decided_at",
            sqlite_where=sa.text("state = 'hasIssues'"),
            postgresql_where=sa.text("state = 'hasIssues'"),
        ),
    )


class ReviewChange(Base):
    """One step of a record's history: who did what, when, and for which reasons."""

    __tablename__ = "review_changes"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    """The version that it was about."""
    what: Mapped[What] = mapped_column(ByValue(What))
    actor_id: Mapped[int | None]
    """Null: the host's shell, or nobody here (`origin`)."""
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    reasons: Mapped[list[str]] = mapped_column(Json)
    """Codes (`states.Reason`; of a removal `removing.Why`)."""
    comment_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """What was said with it."""
    origin: Mapped[str | None] = mapped_column(sa.String(120))
    """The server on which it was decided."""

    __table_args__ = (
        _of_record("review_changes"),
        sa.Index("ix_review_changes_record", "project_id", "record_pk", "change_pk"),
    )


class Proposal(Base):
    """What one person proposed and another has to agree to (`review.four_eyes`)."""

    __tablename__ = "proposals"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    proposal_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[uuid.UUID] = mapped_column(Uid)
    seen: Mapped[str] = mapped_column(sa.String(80))
    """What the subject was when it was proposed; of another nobody agreed to anything."""
    proposed_by: Mapped[int]
    """An actor; below, the person behind it."""
    proposed_person: Mapped[int]
    proposed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    agreed_by: Mapped[int | None]
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When somebody agreed, or it was void. Null: it waits."""

    __table_args__ = (
        sa.Index(
            "uq_proposals_open",
            "project_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )


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


class FlagLook(Base):
    """What the rules of flags remember of a version, to compare others with it: codes as facts
    have them. `flags.looks` says what each is."""

    __tablename__ = "flag_looks"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    form_pk: Mapped[int]
    rules: Mapped[int]
    """By which rules flags were made (`flags.kinds.RULES`); 0: not yet."""
    sender: Mapped[int | None]
    happened_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    commune: Mapped[str | None] = mapped_column(sa.String(8))
    village: Mapped[str | None] = mapped_column(sa.String(10))
    begun_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    seconds: Mapped[int | None]
    answered: Mapped[int | None]
    cell_row: Mapped[int | None]
    cell_column: Mapped[int | None]
    household: Mapped[str | None] = mapped_column(sa.String(16))
    alike: Mapped[str | None] = mapped_column(sa.String(80))
    people: Mapped[list[Any]] = mapped_column(Json)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_flag_looks_submission",
            ondelete="CASCADE",
        ),
        sa.Index("ix_flag_looks_record", "project_id", "record_pk"),
        # One for each question that a rule asks of earlier records, the newest first.
        sa.Index(
            "ix_flag_looks_pace",
            "project_id",
            "form_pk",
            "submission_pk",
            sqlite_where=sa.text("seconds IS NOT NULL"),
            postgresql_where=sa.text("seconds IS NOT NULL"),
        ),
        sa.Index(
            "ix_flag_looks_taken",
            "project_id",
            "commune",
            "submission_pk",
            sqlite_where=sa.text("cell_row IS NOT NULL"),
            postgresql_where=sa.text("cell_row IS NOT NULL"),
        ),
        sa.Index(
            "ix_flag_looks_alike",
            "project_id",
            "alike",
            "submission_pk",
            sqlite_where=sa.text("alike IS NOT NULL"),
            postgresql_where=sa.text("alike IS NOT NULL"),
        ),
        sa.Index(
            "ix_flag_looks_household",
            "project_id",
            "household",
            "submission_pk",
            sqlite_where=sa.text("household IS NOT NULL"),
            postgresql_where=sa.text("household IS NOT NULL"),
        ),
    )


class RecordFlag(Base):
    """What about a version wants a second look. It stops nothing, and goes with an edit."""

    __tablename__ = "record_flags"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    code: Mapped[Code] = mapped_column(ByValue(Code), primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    rules: Mapped[int]
    reasons: Mapped[list[Any]] = mapped_column(Json)
    """[why, values] of each sentence of its explanation."""
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    looked_by: Mapped[int | None]
    """Who looked at it: it is told no more. Of an edit that leads to the very same it is kept."""
    looked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_record_flags_submission",
            ondelete="CASCADE",
        ),
        sa.Index("ix_record_flags_record", "project_id", "record_pk"),
        sa.Index(
            "ix_record_flags_open",
            "project_id",
            "submission_pk",
            sqlite_where=sa.text("looked_at IS NULL"),
            postgresql_where=sa.text("looked_at IS NULL"),
        ),
    )


class FlagProgress(Base):
    """How far a project's records were looked at: all that came before are done."""

    __tablename__ = "flag_progress"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    rules: Mapped[int]
    done_before: Mapped[uuid.UUID] = mapped_column(Uid)
