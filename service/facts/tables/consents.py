"""What people were asked and answered about the use of what they say, and took back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from service.facts.tables.common import OfSubmission
from service.foundation.columns import BY_KEY, Json, Uid
from service.foundation.db import Base


class Consent(OfSubmission, Base):
    """What was asked and answered about one subject. Absent scope = not asked = not allowed."""

    __tablename__ = "consents"
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 = the household or the signer as a whole."""
    granted: Mapped[list[str]] = mapped_column(Json)
    refused: Mapped[list[str]] = mapped_column(Json)
    method: Mapped[str] = mapped_column(sa.String(24))
    language: Mapped[str] = mapped_column(sa.String(24), server_default="not_asked")
    text_version: Mapped[str] = mapped_column(sa.String(249), server_default="")
    """The form's version: it holds the words that were read to the person."""
    is_proxy: Mapped[bool]
    is_witnessed: Mapped[bool] = mapped_column(server_default=sa.false())
    guardian: Mapped[bool | None]
    assent: Mapped[bool | None]
    given_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    review_by: Mapped[dt.date | None] = mapped_column(sa.Date)
    code_digest: Mapped[str | None] = mapped_column(sa.String(32))
    """Stand-in of the code on the person's paper, by which they take everything back."""

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        *shared, options = super().__table_args__
        return (
            *shared,
            sa.Index(
                "ix_consents_code",
                "project_id",
                "code_digest",
                sqlite_where=sa.text("code_digest IS NOT NULL"),
                postgresql_where=sa.text("code_digest IS NOT NULL"),
            ),
            options,
        )


class NarrowedConsent(Base):
    """Scopes taken back of a record that stays. Obeyed by projection, kept when facts are computed
    again; not a fact itself."""

    __tablename__ = "narrowed_consents"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    withdrawal_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    scopes: Mapped[int]
    """Bits (`facts/scopes.py`)."""
    narrowed_on: Mapped[dt.date] = mapped_column(sa.Date)
    ends_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The last day of these scopes; null: they ended at once."""

    __table_args__ = (BY_KEY,)


class RemovedCode(Base):
    """The code of what has no facts to be found by, and is taken back by its code all the same: a
    record that a coordinator removed, a copy that waits, what an edit or a copy took the place of.
    Not a fact itself."""

    __tablename__ = "removed_codes"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code_digest: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    given_on: Mapped[dt.date] = mapped_column(sa.Date)

    __table_args__ = (BY_KEY,)
