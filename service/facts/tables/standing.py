"""How versions stand, as review decided, and how a project counts them."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import BY_KEY, Uid, UtcDateTime
from service.foundation.db import Base


class Standing(Base):
    """What review decided of a version: approved or rejected. Obeyed by projection, kept when facts
    are computed again; not a fact itself. No row: it was received."""

    __tablename__ = "standings"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    standing: Mapped[str] = mapped_column(sa.String(12))

    __table_args__ = (BY_KEY,)


class NeedState(Base):
    """How a need of somebody whose case is open stands by now, as visits and the office say (room
    `cases`). Obeyed by projection, kept when facts are computed again; not a fact itself. No row:
    as it was told."""

    __tablename__ = "need_states"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    person_ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    need_code: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(16))
    served_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    """Day of the first service that a visit told of."""
    met_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    """Day of the visit since which the person calls it met."""

    __table_args__ = (BY_KEY,)


class PersonDenial(Base):
    """What one person of a record refused at a later visit (room `cases`). Obeyed by projection as
    what was taken back of the whole record is."""

    __tablename__ = "person_denials"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    person_ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scopes: Mapped[int]

    __table_args__ = (BY_KEY,)


class CountingPolicy(Base):
    """How a project counts what nobody approved (`facts.counting`). No row: all but rejected."""

    __tablename__ = "counting_policies"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    approved_only: Mapped[bool]
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[int | None]
    """An actor. Null: the host's shell."""
