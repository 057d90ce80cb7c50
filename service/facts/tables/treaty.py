"""Signatures of the People's Treaty, and the sheets of paper that they stand on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from service.facts.tables.common import OfSubmission
from service.foundation.columns import Json
from service.foundation.db import Base


class Signature(OfSubmission, Base):
    """One line of the People's Treaty. Never a name: those stay in the raw submission."""

    __tablename__ = "signatures"
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_status: Mapped[str] = mapped_column(sa.String(24))
    """valid | minor | no_mark | … (`facts/codes.py`)."""
    kind: Mapped[str] = mapped_column(sa.String(24))
    mark: Mapped[str] = mapped_column(sa.String(24))
    sex: Mapped[str] = mapped_column(sa.String(12))
    age_band: Mapped[str] = mapped_column(sa.String(12))


class Sheet(OfSubmission, Base):
    """One sheet of paper, keyed. Never a name."""

    __tablename__ = "sheets"
    number: Mapped[str] = mapped_column(sa.String(40))
    campaign: Mapped[str] = mapped_column(sa.String(40))
    statement: Mapped[str] = mapped_column(sa.String(40))
    declared_lines: Mapped[int | None]
    tallies: Mapped[dict[str, int]] = mapped_column(Json)
    is_reconciled: Mapped[bool]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        *shared, options = super().__table_args__
        return (*shared, sa.Index("ix_sheets_number", "project_id", "number"), options)
