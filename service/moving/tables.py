"""Moves that the worker makes while nobody waits, and what became of each thing."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import BY_KEY, ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base
from service.moving.states import State


class MoveRun(Base):
    """One move, or what it would do. The row stays: who brought what from where."""

    __tablename__ = "move_runs"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    address: Mapped[str] = mapped_column(sa.String(500))
    of_project: Mapped[str] = mapped_column(sa.String(64))
    form_ids: Mapped[list[str]] = mapped_column(Json)
    is_dry: Mapped[bool]
    state: Mapped[State] = mapped_column(ByValue(State))
    problem: Mapped[str | None] = mapped_column(sa.String(64))
    """Slug of what ended it, where it failed."""
    reason: Mapped[str] = mapped_column(sa.String(200), server_default="")
    asked_by: Mapped[int]
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    beat_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Not before this moment, where the other server is waited for."""
    waits_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Since when it has not been heard of. Null: it answers."""
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    mark: Mapped[dict[str, int | str]] = mapped_column(Json)
    """Where it goes on (`walking.Mark`)."""
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    """`record.new` and the like, so far."""
    pages: Mapped[int] = mapped_column(server_default="0")
    secret: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """What opens the source, sealed. Gone, with its key, when the move is over."""
    secret_key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Of the report. Null: it is gone."""
    file_blob: Mapped[str | None] = mapped_column(sa.String(64))
    """The export file, sealed, where one waits or is being brought."""
    file_key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    file_bound: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    """MAC that ties the file to this move."""
    file_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    file_ending: Mapped[str | None] = mapped_column(sa.String(8))
    """Which kind of file it is; its name is not kept."""
    mapping: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Of a file of casualties: how somebody said that it is to be read."""
    groups: Mapped[dict[str, Any]] = mapped_column(Json, server_default="{}")
    """Of a file of casualties: what it adds up to, so far (`casualties.tally`)."""

    __table_args__ = (
        sa.Index(
            "ix_move_runs_open",
            "asked_at",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        ),
        BY_KEY,
    )


class MovedRecord(Base):
    """By what a source knows a record for good, of one whose edits change its ID and whose earlier
    versions it does not keep: the next edit finds what was brought, or that it was taken back."""

    __tablename__ = "moved_records"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    known_as: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    """A stand-in, as of instance IDs."""
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_moved_records_record",
            ondelete="CASCADE",
        ),
    )


class ImportMapping(Base):
    """How files of one kind are read in a project, under a name, to be used again."""

    __tablename__ = "import_mappings"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    mapping: Mapped[dict[str, Any]] = mapped_column(Json)
    changed_by: Mapped[int | None]
    """An actor. Null: the host's shell."""
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (BY_KEY,)


class MovePage(Base):
    """Some lines of the report, sealed: they name instance IDs, which go with their records."""

    __tablename__ = "move_pages"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "run_pk"],
            ["move_runs.project_id", "move_runs.run_pk"],
            name="fk_move_pages_run",
            ondelete="CASCADE",
        ),
    )
