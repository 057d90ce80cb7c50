"""Packs that were made: which product, for whom, of which releases, promises and quotes. No words:
those of partners lie with their meeting, those of narrators with their text. And what the campaign
itself recommends under each article."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.disclosure.rules import Audience
from service.foundation.columns import BY_KEY, ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base


class Pack(Base):
    """One pack. Nobody changes what is in it; it ends where words in it are taken back."""

    __tablename__ = "product_packs"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pack_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    product: Mapped[str] = mapped_column(sa.String(24))
    place: Mapped[str] = mapped_column(sa.String(6))
    """"" = the whole country."""
    partner: Mapped[str] = mapped_column(sa.String(24))
    """For whom; "" = for anybody."""
    audience: Mapped[Audience] = mapped_column(ByValue(Audience))
    """Of which releases numbers were taken."""
    language: Mapped[str] = mapped_column(sa.String(8))
    year: Mapped[int]
    contents: Mapped[dict[str, Any]] = mapped_column(Json)
    """Numbers of releases; promises, with the length of their history; questions: by key; versions
    of recommendations; offices of the directory as they were found."""
    sha256: Mapped[str] = mapped_column(sa.String(64))
    """Of its manifest, as it was made."""
    made_by: Mapped[int | None]
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    taken: Mapped[int] = mapped_column(server_default="0")
    """How often somebody took the file; by whom says the log."""

    __table_args__ = (BY_KEY,)


class PackQuote(Base):
    """That somebody's words stand in a pack, by the use that was written down for it."""

    __tablename__ = "product_pack_quotes"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "pack_pk"],
            ["product_packs.project_id", "product_packs.pack_pk"],
            name="fk_product_pack_quotes_pack",
        ),
        BY_KEY,
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pack_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    use_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    """Of `testimony_uses`."""
    signer_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Of the leader whose sentence it is; None for a text of the library."""
    beside: Mapped[str] = mapped_column(sa.String(8), server_default="")
    """Key of the article beside which it stands; "" for none."""


class Recommendation(Base):
    """What the campaign recommends under an article, in its own words. Nobody changes a version;
    the newest counts, and an empty one says that nothing is recommended any more."""

    __tablename__ = "product_recommendations"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    """Key of `dialogue.frameworks`."""
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    en: Mapped[str] = mapped_column(sa.String(1200))
    km: Mapped[str] = mapped_column(sa.String(1200))
    written_by: Mapped[int | None]
    written_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (BY_KEY,)
