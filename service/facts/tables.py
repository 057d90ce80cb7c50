"""Canonical facts. Every row can be deleted and computed again from what intake keeps.

Keys are natural: the submission and the position inside it. So a replay writes the very same
rows, and a submission's facts are replaced by deleting one key prefix. `needs` repeats the
dimensions of its person: figures group millions of needs, and a join per row would cost more
than the bytes. No column here holds a name, a phone number, free text or a coordinate.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from service.foundation.columns import BY_KEY, Json, Uid
from service.foundation.db import Base


class OfSubmission:
    """What every fact carries: whose it is, when it happened, whether it may be counted."""

    # SQLAlchemy puts a class's own columns before inherited ones. The order of the key matters:
    # facts are deleted by its prefix, and a key that began with `ordinal` would scan the table.
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-9)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True, sort_order=-8)
    happened_on: Mapped[dt.date] = mapped_column(sa.Date)
    """Day of the interview or the signature, by the project's clock; the period of figures."""
    month: Mapped[str] = mapped_column(sa.String(7))
    """`happened_on` as "2026-03"."""
    adm1: Mapped[str] = mapped_column(sa.String(8))
    """Place codes of 2, 4, 6 and 8 digits, or "unknown". Where the interview took place."""
    adm2: Mapped[str] = mapped_column(sa.String(8))
    adm3: Mapped[str] = mapped_column(sa.String(8))
    adm4: Mapped[str] = mapped_column(sa.String(10))
    submitter_id: Mapped[int | None]
    """The app user or person who sent it: figures that rest on one reporter are not shown."""
    stats: Mapped[bool]
    """May be counted: consent scope `stats`, given and not withdrawn."""
    stats_until: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The last day on which it may be; null = no end."""
    scopes: Mapped[int] = mapped_column(server_default="0")
    """Scopes in force for whom this fact is about, as bits (`facts/scopes.py`)."""
    scopes_until: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The last day on which they are in force; null = no end."""
    standing: Mapped[str] = mapped_column(sa.String(12), server_default="received")
    """received | approved | rejected, written by review; rejected facts are not counted."""

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        name = cls.__tablename__  # type: ignore[attr-defined]
        return (
            sa.ForeignKeyConstraint(
                ["project_id", "submission_pk"],
                ["submissions.project_id", "submissions.submission_pk"],
                name=f"fk_{name}_submission",
                ondelete="CASCADE",
            ),
            BY_KEY,
        )


class OfHousehold:
    household_key: Mapped[str] = mapped_column(sa.String(16), server_default="")
    """The same for all visits to one household: a stand-in of its commune and of the code that the
    team gave it; without a code, a part of the submission's own key."""


class Household(OfSubmission, OfHousehold, Base):
    """One visited household (form F1)."""

    __tablename__ = "households"
    size: Mapped[int | None]
    head_sex: Mapped[str] = mapped_column(sa.String(12))
    remoteness: Mapped[str] = mapped_column(sa.String(8))
    """r0…r4 or unknown, by rule `remoteness_rule` (`facts/remoteness.py`)."""
    remoteness_rule: Mapped[int]
    minutes_health_centre: Mapped[int | None]
    minutes_rehabilitation: Mapped[int | None]
    cost_khr: Mapped[int | None]
    wet_season_passable: Mapped[bool | None]
    phone_signal: Mapped[str] = mapped_column(sa.String(12))


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


class OfPerson(OfHousehold):
    """The dimensions by which people are counted. Codes as in `facts/codes.py`."""

    sex: Mapped[str] = mapped_column(sa.String(12))
    age_band: Mapped[str] = mapped_column(sa.String(12))
    disability: Mapped[str] = mapped_column(sa.String(16))
    """Washington Group identifier: yes | no | indeterminate | not_asked."""
    victim_type: Mapped[str] = mapped_column(sa.String(24))
    device: Mapped[str] = mapped_column(sa.String(24))
    remoteness: Mapped[str] = mapped_column(sa.String(8))


class Person(OfSubmission, OfPerson, Base):
    """One person assessed, at one visit."""

    __tablename__ = "persons"
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0-based place in the form's repeat of persons."""
    age_years: Mapped[int | None]
    age_known: Mapped[str] = mapped_column(sa.String(12))
    """exact | estimated | unknown."""
    wg_see: Mapped[int | None]
    """Washington Group answers 1–4; 7 refused, 9 does not know; null = not asked."""
    wg_hear: Mapped[int | None]
    wg_walk: Mapped[int | None]
    wg_remember: Mapped[int | None]
    wg_selfcare: Mapped[int | None]
    wg_communicate: Mapped[int | None]
    wg_max: Mapped[int | None]
    """Highest of the answers 1–4, null if there is none."""
    incident_year: Mapped[int | None]
    incident_outcome: Mapped[str | None] = mapped_column(sa.String(16))
    injuries: Mapped[list[str]] = mapped_column(Json)
    open_needs: Mapped[int]
    """How many of the person's needs are open: figures over all needs count people once."""
    is_proxy: Mapped[bool | None]
    """Whether somebody else answered for the person; null = not asked."""


class Need(OfSubmission, OfPerson, Base):
    """One need of one person. The same need told twice in one visit is one need, open if any is."""

    __tablename__ = "needs"
    person_ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    need_code: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(16))
    is_open: Mapped[bool]
    priority: Mapped[str] = mapped_column(sa.String(12))
    barriers: Mapped[list[str]] = mapped_column(Json)


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
