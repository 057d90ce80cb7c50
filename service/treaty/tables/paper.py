"""Paper: numbered sheets, what each went through, and what people key of them."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import ByValue, Uid, UtcDateTime
from service.foundation.db import Base
from service.treaty.custody import Step


class PaperSheet(Base):
    """A numbered sheet, as its last step left it; what it went through is in `CustodyStep`."""

    __tablename__ = "treaty_sheets"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    serial: Mapped[int]
    """1, 2, 3 … in a project."""
    batch_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    rows: Mapped[int]
    """Lines that are printed on it."""
    campaign: Mapped[str] = mapped_column(sa.String(40))
    statement: Mapped[str] = mapped_column(sa.String(40))
    holder: Mapped[str] = mapped_column(sa.String(40))
    """Code of who collects with it; never a name."""
    step: Mapped[Step] = mapped_column(ByValue(Step))
    lines: Mapped[int | None]
    """Filled ones, as counted when it came back."""
    signed_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    commune: Mapped[str] = mapped_column(sa.String(10))
    """Where; "" until it came back."""

    __table_args__ = (
        sa.Index("uq_treaty_sheets_serial", "project_id", "serial", unique=True),
        sa.Index("ix_treaty_sheets_step", "project_id", "step", "serial"),
        sa.Index("ix_treaty_sheets_batch", "project_id", "batch_pk", "serial"),
    )


class CustodyStep(Base):
    """What happened to a sheet. Triggers refuse to change or remove it (migration 0050)."""

    __tablename__ = "treaty_custody"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    """Rises."""
    number: Mapped[str] = mapped_column(sa.String(40))
    step: Mapped[Step] = mapped_column(ByValue(Step))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(sa.Integer)
    holder: Mapped[str] = mapped_column(sa.String(40))
    lines: Mapped[int | None]

    __table_args__ = (
        sa.Index("ix_treaty_custody_sheet", "project_id", "number", "step_pk"),
        sa.ForeignKeyConstraint(
            ["project_id", "number"],
            ["treaty_sheets.project_id", "treaty_sheets.number"],
            name="fk_treaty_custody_sheet",
        ),
    )


class SheetKeying(Base):
    """What one person keyed of a sheet, sealed, until a second one has and it is a record."""

    __tablename__ = "treaty_keyings"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    keying_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(40))
    turn: Mapped[int]
    """1 or 2."""
    by_id: Mapped[int] = mapped_column(sa.Integer)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    key_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.Index("uq_treaty_keyings_turn", "project_id", "number", "turn", unique=True),
        sa.ForeignKeyConstraint(
            ["project_id", "number"],
            ["treaty_sheets.project_id", "treaty_sheets.number"],
            name="fk_treaty_keyings_sheet",
        ),
    )


class SheetScan(Base):
    """The picture of a sheet, for whoever keys it: sealed in a blob, gone by a day."""

    __tablename__ = "treaty_scans"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    blob: Mapped[str] = mapped_column(sa.String(64))
    media_type: Mapped[str] = mapped_column(sa.String(40))
    key_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    bound: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """What ties the blob to this sheet."""
    delete_on: Mapped[dt.date] = mapped_column(sa.Date)

    __table_args__ = (
        sa.Index("ix_treaty_scans_blob", "project_id", "blob"),
        sa.Index("ix_treaty_scans_delete_on", "project_id", "delete_on"),
        sa.ForeignKeyConstraint(
            ["project_id", "number"],
            ["treaty_sheets.project_id", "treaty_sheets.number"],
            name="fk_treaty_scans_sheet",
        ),
    )
