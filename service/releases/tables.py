"""Releases, which nobody changes, and the word of a second person on each."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.disclosure.rules import Audience
from service.foundation.columns import ByValue, UtcDateTime
from service.foundation.db import Base
from service.releases.standing import Standing


class Counter(Base):
    """The last number of a project. Its row is the lock of whoever freezes: each release is held
    against all before it."""

    __tablename__ = "release_counters"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    last: Mapped[int]


class Release(Base):
    """A release as it was frozen. Triggers refuse to change or remove it (migration 0055)."""

    __tablename__ = "releases"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audience: Mapped[Audience] = mapped_column(ByValue(Audience))
    title: Mapped[str] = mapped_column(sa.String(200))
    frozen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    frozen_by: Mapped[int]
    """The person who did it, by whichever account or script."""
    corrects: Mapped[int | None]
    text: Mapped[str] = mapped_column(sa.String)
    """Canonical JSON (`document.py`): numbers that may leave the house, nothing else."""
    sha256: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[bytes] = mapped_column(sa.LargeBinary(64))
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


class Word(Base):
    """What a second person said of a release: one word, the last."""

    __tablename__ = "release_words"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    said: Mapped[Standing] = mapped_column(ByValue(Standing))
    said_by: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "number"],
            ["releases.project_id", "releases.number"],
            name="fk_release_words_release",
        ),
    )
