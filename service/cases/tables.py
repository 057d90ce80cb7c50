"""Cases: one for each person who told needs and may be contacted again. Large tables.

Nothing here names anybody or holds words: codes, days, and keys of records. Columns that `folding`
computes are written by it alone, and can be computed again.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import BY_KEY, Uid, UtcDateTime
from service.foundation.db import Base


class Case(Base):
    """The case of one person of a record."""

    __tablename__ = "cases"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    ordinal: Mapped[int]
    """Place of the person in the record."""
    code: Mapped[str] = mapped_column(sa.String(12))
    """How people call it: nine digits by chance, which name nobody."""
    entity_id: Mapped[uuid.UUID] = mapped_column(Uid)
    """What the lists on phones call it."""
    place: Mapped[str] = mapped_column(sa.String(10))
    """Village or what is known of it; "" = nothing."""
    opened_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(sa.String(12), server_default="open")
    """Folded, as all below: `folding.CaseStatus`."""
    open_needs: Mapped[int] = mapped_column(server_default="0")
    priority: Mapped[str] = mapped_column(sa.String(12), server_default="")
    """The highest of an open need."""
    late_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """From when on somebody should have acted on one of the needs."""
    due_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    """Day of the next visit."""
    visits: Mapped[int] = mapped_column(server_default="0")
    last_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    """Day of the last thing that happened."""
    may_contact: Mapped[bool] = mapped_column(server_default=sa.false())
    """Nobody said otherwise at a visit; what the record allows is asked each time."""
    may_share: Mapped[bool | None]
    """What was said at the last visit that asked; null: as the record says."""
    joined_to: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """The case of the same person that is in force; null: this one is."""
    last_record_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Where the person was assessed last, and below the place in it: what the person allows, and
    where they live. Null: in this case's own record."""
    last_ordinal: Mapped[int | None]

    __table_args__ = (
        sa.UniqueConstraint("project_id", "record_pk", "ordinal", name="uq_cases_person"),
        sa.UniqueConstraint("project_id", "code", name="uq_cases_code"),
        sa.Index("ix_cases_late", "project_id", "late_at"),
        sa.Index("ix_cases_due", "project_id", "due_on"),
        sa.Index("ix_cases_joined", "project_id", "joined_to"),
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_cases_record",
            ondelete="CASCADE",
        ),
    )


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "case_pk"],
        ["cases.project_id", "cases.case_pk"],
        name=f"fk_{table}_case",
        ondelete="CASCADE",
    )


class CaseId(Base):
    """What lists on phones call a case, or did: a visit made by an old list is of it, too."""

    __tablename__ = "case_ids"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entity_id: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    case_pk: Mapped[uuid.UUID] = mapped_column(Uid)

    __table_args__ = (
        sa.Index("ix_case_ids_case", "project_id", "case_pk"),
        _of_case("case_ids"),
        BY_KEY,
    )


class CaseNeed(Base):
    """How one need of a case stands, folded."""

    __tablename__ = "case_needs"
    __table_args__ = (_of_case("case_needs"), BY_KEY)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    need_code: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(16))
    is_open: Mapped[bool]
    priority: Mapped[str] = mapped_column(sa.String(12))
    told_on: Mapped[dt.date] = mapped_column(sa.Date)
    late_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    last_on: Mapped[dt.date] = mapped_column(sa.Date)
    why: Mapped[str] = mapped_column(sa.String(16), server_default="")
    """unconfirmed: a visit found it met, and the person did not say so."""


class CaseEvent(Base):
    """What the office did. Never changed."""

    __tablename__ = "case_events"
    __table_args__ = (
        sa.Index("ix_case_events_case", "project_id", "case_pk"),
        _of_case("case_events"),
        BY_KEY,
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    case_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    kind: Mapped[str] = mapped_column(sa.String(12))
    """`events.Kind`."""
    need_code: Mapped[str] = mapped_column(sa.String(24))
    provider: Mapped[str] = mapped_column(sa.String(30), server_default="")
    outcome: Mapped[str] = mapped_column(sa.String(24), server_default="")
    reason: Mapped[str] = mapped_column(sa.String(16), server_default="")
    """Of a referral without the person's consent: `events.Override`."""
    happened_on: Mapped[dt.date] = mapped_column(sa.Date)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None]


class CaseVisit(Base):
    """Which record told of a visit to which case: when the record changes, so does the case."""

    __tablename__ = "case_visits"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    case_pk: Mapped[uuid.UUID] = mapped_column(Uid)

    __table_args__ = (
        sa.Index("ix_case_visits_case", "project_id", "case_pk"),
        _of_case("case_visits"),
        BY_KEY,
    )
