"""Who is perhaps, or surely, one person: persons of records by keyed digests, pairs of them, and
what was decided. No name, and nothing by which one could be read."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import BY_KEY, ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base
from service.persons.verdicts import Verdict


class Mention(Base):
    """One person of one record, through all its versions: somebody who was visited, once.

    Of an erased record the row stays, without anything that tells of the person: other visits may
    be joined through it.
    """

    __tablename__ = "person_mentions"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mention_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    """The version, and below the place in it, at which the facts of the person stand."""
    ordinal: Mapped[int]
    is_here: Mapped[bool]
    """False: the record is removed or erased, or an edit took the person out of it."""
    own_digest: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    """Stand-in of the ID that the form made for the person (tag `person.id`)."""
    described_digest: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    """Stand-in of everything that is compared, by which the person is known again in an edit."""
    compared: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """The description itself, sealed under the key of the record's names (`sealed.py`): whoever is
    compared with the person need not open the record. Null: the record has to be opened."""
    compared_key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_person_mentions_record",
            ondelete="CASCADE",
        ),
        sa.Index("ix_person_mentions_record", "project_id", "record_pk"),
    )


class MentionKey(Base):
    """A digest by which the person is found (`blocking.py`)."""

    __tablename__ = "person_keys"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mention_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "mention_pk"],
            ["person_mentions.project_id", "person_mentions.mention_pk"],
            name="fk_person_keys_mention",
            ondelete="CASCADE",
        ),
        sa.Index("ix_person_keys_key", "project_id", "key", "mention_pk"),
        BY_KEY,
    )


def _mention(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", column],
        ["person_mentions.project_id", "person_mentions.mention_pk"],
        name=f"fk_{table}_{column.removesuffix('_pk')}",
        ondelete="CASCADE",
    )


_IS_OPEN = sa.text("verdict IS NULL OR verdict = 'again'")


class Pair(Base):
    """Two that may be one person, and the last word on it."""

    __tablename__ = "person_pairs"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pair_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    first_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    """The smaller key of the two."""
    second_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    score: Mapped[int]
    """Of a thousand (`matching.Match`)."""
    reasons: Mapped[list[str]] = mapped_column(Json)
    """Codes of `reasons.REASONS`."""
    found_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    verdict: Mapped[Verdict | None] = mapped_column(ByValue(Verdict))
    """That of the last of its decisions; null: nobody has said a word."""

    __table_args__ = (
        _mention("person_pairs", "first_pk"),
        _mention("person_pairs", "second_pk"),
        sa.Index("uq_person_pairs_both", "project_id", "first_pk", "second_pk", unique=True),
        sa.Index("ix_person_pairs_second", "project_id", "second_pk"),
        sa.Index(
            "ix_person_pairs_open",
            "project_id",
            "score",
            "pair_pk",
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
    )


class Decision(Base):
    """One word on a pair. Rows are added, and changed by nobody."""

    __tablename__ = "person_decisions"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    pair_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    verdict: Mapped[Verdict] = mapped_column(ByValue(Verdict))
    decided_by: Mapped[int | None]
    """An actor. Null: an edit did it."""
    proposed_by: Mapped[int | None]
    """Of a join: the first of the two."""
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "pair_pk"],
            ["person_pairs.project_id", "person_pairs.pair_pk"],
            name="fk_person_decisions_pair",
            ondelete="CASCADE",
        ),
        sa.Index("ix_person_decisions_pair", "project_id", "pair_pk", "decision_pk"),
    )
