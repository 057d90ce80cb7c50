"""Texts that narrators approve, what is masked in them, pictures that were looked at, and uses.
Large tables. All but uses goes with its record."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import BY_KEY, Json, Uid, UtcDateTime
from service.foundation.db import Base


def _of_record(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "record_pk"],
        ["submissions.project_id", "submissions.submission_pk"],
        name=f"fk_{table}_record",
        ondelete="CASCADE",
    )


class ToldText(Base):
    """A text made of a testimony. It never changes: other words are another version. It is usable
    where the text as it is shown is the one that was read back and the one that was released."""

    __tablename__ = "testimony_versions"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    kind: Mapped[str] = mapped_column(sa.String(12))
    language: Mapped[str] = mapped_column(sa.String(2))
    source_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """The version that it translates or is cut from."""
    key_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    """Its own: destroyed with the record's."""
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    written_by: Mapped[int | None]
    written_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    shown_digest: Mapped[str] = mapped_column(sa.String(32))
    """Stand-in of the text with what is masked in it; so are the next two."""
    approved_digest: Mapped[str | None] = mapped_column(sa.String(32))
    approved_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    approved_how: Mapped[str | None] = mapped_column(sa.String(12))
    approved_language: Mapped[str | None] = mapped_column(sa.String(24))
    read_by: Mapped[int | None]
    """Who read it back."""
    released_digest: Mapped[str | None] = mapped_column(sa.String(32))
    released_by: Mapped[int | None]
    released_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        _of_record("testimony_versions"),
        sa.Index("ix_testimony_versions_record", "project_id", "record_pk", "version_pk"),
        # What is released is listed; most texts are not.
        sa.Index(
            "ix_testimony_versions_released",
            "project_id",
            "version_pk",
            sqlite_where=sa.text("released_digest IS NOT NULL"),
            postgresql_where=sa.text("released_digest IS NOT NULL"),
        ),
    )


class ToldMask(Base):
    """Words masked in a version, until two people lift that."""

    __tablename__ = "testimony_redactions"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    redaction_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    version_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    spans: Mapped[list[list[int]]] = mapped_column(Json)
    masked_by: Mapped[int | None]
    masked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    lift_asked_by: Mapped[int | None]
    lifted_by: Mapped[int | None]
    lifted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "version_pk"],
            ["testimony_versions.project_id", "testimony_versions.version_pk"],
            name="fk_testimony_redactions_version",
            ondelete="CASCADE",
        ),
        sa.Index("ix_testimony_redactions_version", "project_id", "version_pk"),
    )


class ToldPicture(Base):
    """Somebody looked at the clean copy of a picture or film, or heard a voice, and said who is to
    be seen, or known by it."""

    __tablename__ = "testimony_pictures"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    prepared_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    faces: Mapped[str] = mapped_column(sa.String(12))
    looked_by: Mapped[int | None]
    looked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        _of_record("testimony_pictures"),
        sa.Index("ix_testimony_pictures_record", "project_id", "record_pk"),
        BY_KEY,
    )


class ToldUse(Base):
    """That a text, a picture, a voice or a film went out: what for, where to, by whom. It stays
    when the record is taken back, without its key: what was printed has to be told of."""

    __tablename__ = "testimony_uses"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    use_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    version_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    medium: Mapped[str] = mapped_column(sa.String(8), server_default="text")
    prepared_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Of a picture, voice or film: the clean copy that went out."""
    beside_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """The use of a text on whose page it stands, where it has none of its own."""
    audience: Mapped[str] = mapped_column(sa.String(12))
    naming: Mapped[str] = mapped_column(sa.String(12))
    means: Mapped[str] = mapped_column(sa.String(12))
    whither: Mapped[str] = mapped_column(sa.String(120))
    """Name of the report, the place, the programme. Nobody's name."""
    digest: Mapped[str] = mapped_column(sa.String(32))
    """Stand-in of what went out: another is not shown under the same address."""
    used_by: Mapped[int | None]
    used_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    withdrawal_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """By which it ended."""

    __table_args__ = (
        sa.Index("ix_testimony_uses_record", "project_id", "record_pk"),
        sa.Index("ix_testimony_uses_withdrawal", "project_id", "withdrawal_pk"),
        sa.Index(
            "ix_testimony_uses_beside",
            "project_id",
            "beside_pk",
            sqlite_where=sa.text("beside_pk IS NOT NULL"),
            postgresql_where=sa.text("beside_pk IS NOT NULL"),
        ),
        BY_KEY,
    )
