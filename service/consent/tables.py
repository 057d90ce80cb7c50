"""Withdrawals: that something was taken back, when, through whom. Never of whom. And for how long a
project keeps what nobody takes back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.consent.holds import HoldWhy
from service.consent.requests import Reason, Status
from service.foundation.columns import BY_KEY, ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base


class Withdrawal(Base):
    """One request to take consent back, all of it or some scopes."""

    __tablename__ = "withdrawals"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    withdrawal_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    channel: Mapped[str] = mapped_column(sa.String(16))
    """code | record | late (its base was erased) | list (a backup was put back) | period (what was
    kept for as long as the project keeps things)."""
    actor_id: Mapped[int | None]
    """Who wrote it down; null for a code without sign-in."""
    reason: Mapped[Reason] = mapped_column(ByValue(Reason))
    scopes: Mapped[int]
    """Bits of what was taken back; 0 = everything, the record itself."""
    ends_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The last day of those scopes; null: they ended at once."""
    state: Mapped[Status] = mapped_column(ByValue(Status))
    code_digest: Mapped[str | None] = mapped_column(sa.String(32))
    """Stand-in of the code: a record that still comes with it is erased at once."""
    instances: Mapped[int]
    """How many received instances were erased or narrowed."""
    uses: Mapped[dict[str, Any]] = mapped_column(Json)
    """What it had been used in, as codes and days. While it waits for a coordinator: the keys of
    the records that a script named."""
    first_received_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """The first time, as the person was told."""
    last_done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """The last time: a code is honoured again for each record that still comes with it."""
    gone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """From when on nothing that is begun can hold what was taken back: what was made of records
    before is old. Destroying keys and files may take longer."""

    __table_args__ = (
        sa.Index(
            "ix_withdrawals_code",
            "project_id",
            "code_digest",
            sqlite_where=sa.text("code_digest IS NOT NULL"),
            postgresql_where=sa.text("code_digest IS NOT NULL"),
        ),
        # What is sent twice waits once, from the public page and from each who signed in.
        sa.Index(
            "uq_withdrawals_waiting",
            "project_id",
            "code_digest",
            "scopes",
            unique=True,
            sqlite_where=sa.text("state = 'waiting' AND actor_id IS NULL"),
            postgresql_where=sa.text("state = 'waiting' AND actor_id IS NULL"),
        ),
        sa.Index(
            "uq_withdrawals_waiting_of",
            "project_id",
            "code_digest",
            "scopes",
            "actor_id",
            unique=True,
            sqlite_where=sa.text("state = 'waiting' AND actor_id IS NOT NULL"),
            postgresql_where=sa.text("state = 'waiting' AND actor_id IS NOT NULL"),
        ),
    )


class ProjectPeriods(Base):
    """For how long a project keeps what identifies people, and when it was looked at what is over.
    A project without a row has the usual periods (`periods.Periods`)."""

    __tablename__ = "project_periods"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    records_months: Mapped[int]
    testimony_months: Mapped[int | None]
    """Null: what was told goes with the record."""
    quarantine_days: Mapped[int]
    looked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    erases_from: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Before this moment nothing goes: coordinators are told first."""


class LegalHold(Base):
    """A record that does not go while the hold is in force: agreed by a second person, not ended,
    and its last day not over."""

    __tablename__ = "legal_holds"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hold_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    why: Mapped[HoldWhy] = mapped_column(ByValue(HoldWhy))
    until: Mapped[dt.date] = mapped_column(sa.Date)
    """The last day."""
    asked_by: Mapped[int]
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    agreed_by: Mapped[int | None]
    agreed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None]
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.Index("ix_legal_holds_record", "project_id", "record_pk"), BY_KEY)
