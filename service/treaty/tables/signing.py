"""The People's Treaty: campaigns, who signed (by keyed digests), and the log that names nobody."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import BY_KEY, ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base
from service.treaty.status import Status
from service.treaty.verdicts import Verdict


class Campaign(Base):
    """What a project collects signatures for. A project has one."""

    __tablename__ = "treaty_campaigns"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40))
    """As sheets say it (tag `petition.campaign`)."""
    title_en: Mapped[str] = mapped_column(sa.String(200))
    title_km: Mapped[str] = mapped_column(sa.String(200))
    goal: Mapped[int | None]
    begins_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    ends_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    delivered_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    """From then on nobody is taken out by the code on the stub."""
    names_until: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The day from which on names and marks are destroyed; what was counted stays."""


class Statement(Base):
    """A version of the text that people sign. Never changed: somebody may have signed it."""

    __tablename__ = "treaty_statements"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    en: Mapped[str] = mapped_column(sa.String(20_000))
    km: Mapped[str] = mapped_column(sa.String(20_000))
    published_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    hands_over: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    """Whether its sheets say that they may be handed over in a sealed envelope."""


class ReportedTotal(Base):
    """A number that others told of, before or beside this count; in no sum of ours."""

    __tablename__ = "treaty_reported"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    reported_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    source: Mapped[str] = mapped_column(sa.String(200))
    reported_on: Mapped[dt.date] = mapped_column(sa.Date)
    scope: Mapped[str] = mapped_column(sa.String(200))
    count: Mapped[int]


class Log(Base):
    """Where the log of a project ends. Its row is the lock of whoever appends."""

    __tablename__ = "treaty_logs"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    size: Mapped[int]
    root: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    """Status -> how many signatures the log says stand so."""


class LogEntry(Base):
    """One line of the log. Triggers refuse to change or remove it (migration 0047)."""

    __tablename__ = "treaty_entries"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    """0, 1, 2 … without a gap."""
    commitment: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    was: Mapped[Status | None] = mapped_column(ByValue(Status))
    now: Mapped[Status] = mapped_column(ByValue(Status))
    leaf: Mapped[bytes] = mapped_column(sa.LargeBinary(32))

    __table_args__ = (
        sa.Index("uq_treaty_entries_commitment", "project_id", "commitment", unique=True),
        BY_KEY,
    )


class LogTile(Base):
    """The hash over 256 lines in a row (`merkle.TILE`)."""

    __tablename__ = "treaty_tiles"
    __table_args__ = (BY_KEY,)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


class LogHead(Base):
    """A signed head (`heads`)."""

    __tablename__ = "treaty_heads"
    __table_args__ = (BY_KEY,)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    """Those of the log at that moment: what the public page says."""
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    key_id: Mapped[str] = mapped_column(sa.String(16))
    signature: Mapped[bytes] = mapped_column(sa.LargeBinary(64))


class SampleCheck(Base):
    """A sample of sheets that people look at again, line by line (`sampling`)."""

    __tablename__ = "treaty_checks"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    check_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    drawn_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seed: Mapped[int]
    """By which anybody draws the same sheets again."""
    sheets: Mapped[dict[str, int]] = mapped_column(Json)
    """Every sheet that counted then -> its valid lines."""
    chosen: Mapped[list[str]] = mapped_column(Json)
    found: Mapped[dict[str, int]] = mapped_column(Json)
    """Of those that were looked at: how many lines hold."""


class SignerRow(Base):
    """One signature, through all versions of its record; goes with what the person takes back."""

    __tablename__ = "treaty_signers"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signer_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    """Rises: of two, the smaller one signed first as far as is known here."""
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    """The version, and below the place in it, at which the facts of the signature stand."""
    ordinal: Mapped[int]
    slot: Mapped[int]
    """By what it is known again in an edit: number of the line, else its place."""
    sheet: Mapped[str] = mapped_column(sa.String(40))
    """"" where it stands on no paper."""
    sender: Mapped[str] = mapped_column(sa.String(16), server_default="")
    """Keyed stand-in of whose phone it came through, or who collected the sheet; "" = not known."""
    has_stub: Mapped[bool]
    """Its code is that of the sheet and line; else that of its record."""
    place: Mapped[str] = mapped_column(sa.String(10))
    """Village or what is known of it; "" = nothing."""
    signed_on: Mapped[dt.date] = mapped_column(sa.Date)
    told: Mapped[str] = mapped_column(sa.String(24))
    """List line_status."""
    may_count: Mapped[bool]
    is_taken_back: Mapped[bool] = mapped_column(server_default=sa.false())
    """For good: whoever has taken back is not counted again by an edit."""
    status: Mapped[Status] = mapped_column(ByValue(Status))
    logged: Mapped[Status | None] = mapped_column(ByValue(Status))
    """What the log says of it; null: nothing."""
    lines: Mapped[int]
    """How many lines of the log are about it."""

    __table_args__ = (
        sa.Index("uq_treaty_signers_record", "project_id", "record_pk", "slot", unique=True),
        sa.Index("ix_treaty_signers_sheet", "project_id", "sheet"),
        sa.Index("ix_treaty_signers_sender", "project_id", "sender", "signed_on"),
        sa.Index("ix_treaty_signers_version", "project_id", "submission_pk"),
        sa.Index("ix_treaty_signers_status", "project_id", "status", "place"),
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_treaty_signers_record",
            ondelete="CASCADE",
        ),
    )


def _signer(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", column],
        ["treaty_signers.project_id", "treaty_signers.signer_pk"],
        name=f"fk_{table}_{column.removesuffix('_pk')}",
        ondelete="CASCADE",
    )


class SignerKey(Base):
    """A digest by which somebody is found who may have signed already (`comparing`)."""

    __tablename__ = "treaty_keys"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signer_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)

    __table_args__ = (
        _signer("treaty_keys", "signer_pk"),
        sa.Index("ix_treaty_keys_key", "project_id", "key", "signer_pk"),
        BY_KEY,
    )


class SignerPair(Base):
    """Two signatures that may be one person's, and what people decided."""

    __tablename__ = "treaty_pairs"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pair_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    first_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    """The smaller key of the two: it counts."""
    second_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    score: Mapped[int]
    """Of a thousand (`persons.matching`)."""
    reasons: Mapped[list[str]] = mapped_column(Json)
    verdict: Mapped[Verdict | None] = mapped_column(ByValue(Verdict))
    """Null: nobody has said a word."""

    __table_args__ = (
        _signer("treaty_pairs", "first_pk"),
        _signer("treaty_pairs", "second_pk"),
        sa.Index("uq_treaty_pairs_both", "project_id", "first_pk", "second_pk", unique=True),
        sa.Index("ix_treaty_pairs_second", "project_id", "second_pk"),
        sa.Index("ix_treaty_pairs_open", "project_id", "verdict", "score"),
    )
