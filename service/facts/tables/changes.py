"""Whose facts changed, in an order that readers can follow."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import Uid, UtcDateTime
from service.foundation.db import Base


class FactChange(Base):
    """The facts of a submission were written, changed or deleted: look at them again. Says nothing
    of what they were, so what was taken back is in it by the key of its tombstone alone."""

    __tablename__ = "fact_changes"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    xid: Mapped[int] = mapped_column(
        sa.BigInteger,
        primary_key=True,
        autoincrement=False,
        server_default=sa.FetchedValue(),
    )
    """PostgreSQL's number of the transaction, by which readers see what may still be committed
    behind them. 0 on SQLite, which has one writer: there `seq` is enough."""
    seq: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
        autoincrement=False,
        server_default=sa.FetchedValue(),
    )
    submission_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Null: all of the project may have changed."""
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """By our clock: until when the row is kept."""

    __table_args__ = (sa.Index("ix_fact_changes_at", "project_id", "at"),)
