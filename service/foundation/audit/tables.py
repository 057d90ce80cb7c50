"""Entries of the audit log, and its signed heads. Triggers on both databases refuse to change or
remove either (migration 0004)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.audit import readings
from service.foundation.columns import BY_KEY, Json, Uid, UtcDateTime
from service.foundation.db import Base

NO_PROJECT = 0
"""`project_id` of acts that belong to no project (sign-in, settings)."""


def _of_readings(name: str, *columns: str) -> sa.Index:
    """Small: only what people looked at."""
    return sa.Index(
        name,
        *columns,
        sqlite_where=sa.text(readings.ON_SQLITE),
        postgresql_where=sa.text(readings.ON_POSTGRESQL),
    )


class AuditEntry(Base):
    """Who did what to what, and when.

    A project's entries form one chain or several side by side, its strands (`strands`). The key
    is the place in a strand: no two entries can follow the same one.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        _of_readings("ix_audit_entries_readings", "project_id", "at", "entry_pk"),
        _of_readings("ix_audit_entries_readings_of", "project_id", "subject", "at", "entry_pk"),
        _of_readings("ix_audit_entries_readings_by", "project_id", "actor_id", "at", "entry_pk"),
        BY_KEY,
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    strand: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    """1, 2, 3 … without a gap."""
    entry_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(sa.String(48))
    subject: Mapped[str] = mapped_column(sa.String(300))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Of the entry before and of this one's canonical JSON (`canonical`)."""


class AuditHead(Base):
    """The ends of all strands of a project at one moment, signed."""

    __tablename__ = "audit_heads"
    __table_args__ = (sa.UniqueConstraint("project_id", "day"), BY_KEY)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    head_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    day: Mapped[dt.date | None]
    """The day whose head it is; None for one that was handed out, by itself or with an export."""
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    count: Mapped[int] = mapped_column(sa.BigInteger)
    strands: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """Of each strand: its number, its last seq, and that entry's hash."""
    key_id: Mapped[str] = mapped_column(sa.String(16))
    signature: Mapped[bytes] = mapped_column(sa.LargeBinary(64))
