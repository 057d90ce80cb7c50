"""Runs: files that are made of many records, and kept, sealed, for some days."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.exports.kinds import Kind, State, Why
from service.foundation.columns import BY_KEY, ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base


class ExportRun(Base):
    """One file that somebody asked for. Its row stays when the file is gone: who took out what."""

    __tablename__ = "export_runs"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    form_pk: Mapped[int]
    kind: Mapped[Kind] = mapped_column(ByValue(Kind))
    words: Mapped[str] = mapped_column(sa.String(8))
    """code | en | km (`exports.shapes.Words`)."""
    purpose: Mapped[str] = mapped_column(sa.String(24))
    with_identity: Mapped[bool]
    state: Mapped[State] = mapped_column(ByValue(State))
    why: Mapped[Why | None] = mapped_column(ByValue(Why))
    asked_by: Mapped[int]
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    agreed_by: Mapped[int | None]
    """The second person."""
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    beat_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """While it runs: when it was last seen to go on. One that stopped is begun anew."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    records: Mapped[int] = mapped_column(server_default="0")
    """Read so far."""
    expected: Mapped[int] = mapped_column(server_default="0")
    good_until: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The first day on which consent ends by itself that somebody gave who is in the file."""
    asks_consent: Mapped[bool] = mapped_column(server_default=sa.true())
    """Whether the form asks anybody: an edit may deny what stands in the file."""
    areas: Mapped[list[str] | None] = mapped_column(Json)
    """Where what the file holds lies. Null: anywhere in the project."""
    size: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    blob: Mapped[str | None] = mapped_column(sa.String(64))
    key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    bound: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))

    __table_args__ = (
        sa.Index(
            "ix_export_runs_open",
            "asked_at",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        ),
        BY_KEY,
    )
