"""Entities and their versions. Large tables: `project_id` leads every key.

Labels and properties may be names of people, so they are always sealed, all versions of an entity
under one data key of its own: who takes back what she gave is gone from every version and backup
when that key is destroyed. What is left then is a tombstone: a stand-in for the entity's id, by
which a record that is sent again is known and brings nobody back.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.entities.versions import Conflict
from service.foundation.columns import BY_KEY, ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base


class ListState(Base):
    """How often a list has changed. Whoever changes its entities locks this row first."""

    __tablename__ = "entity_list_states"
    __table_args__ = (BY_KEY,)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    list_pk: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(sa.BigInteger)


class Holder(Base):
    """A phone that may hold a list which names people, because a coordinator allowed it."""

    __tablename__ = "entity_list_holders"
    __table_args__ = (BY_KEY,)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    list_pk: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    app_user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(sa.String(6))
    """Of whom: those of this province, district or commune; "" = of the whole list."""
    allowed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    allowed_by: Mapped[int | None]
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    fetched_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When it last fetched the list: what a lost phone held."""


class Entity(Base):
    """An entity. `record_pk`: the record that it was made from; null: made by people or scripts."""

    __tablename__ = "entities"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entity_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    list_pk: Mapped[int]
    entity_id: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """As the phone has it; null once erased."""
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(16))
    """Stands in for that id, and outlives it."""
    version: Mapped[int]
    """The current one; 0 once erased."""
    conflict: Mapped[Conflict | None] = mapped_column(ByValue(Conflict))
    resolved_to: Mapped[int] = mapped_column(server_default="0")
    """Contradictions up to this version are settled."""
    key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    record_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    import_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    creator_id: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    """That of its list when this entity last became another one for whoever holds it."""
    first_revision: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    """That of its list when it was made."""
    person_ordinal: Mapped[int | None]
    """Whom of its record it is about, by place; null: all of them."""
    place: Mapped[str | None] = mapped_column(sa.String(10))
    """Where that person is to be visited, to the village where it is known."""

    __table_args__ = (
        sa.UniqueConstraint("project_id", "digest", name="uq_entities_digest"),
        sa.Index("ix_entities_changed", "project_id", "list_pk", "revision", "entity_pk"),
        sa.Index("ix_entities_list", "project_id", "list_pk", "entity_pk"),
        sa.Index(
            "ix_entities_import",
            "project_id",
            "import_pk",
            sqlite_where=sa.text("import_pk IS NOT NULL"),
            postgresql_where=sa.text("import_pk IS NOT NULL"),
        ),
    )


class EntityVersion(Base):
    """One version: what it holds and what the change said, sealed under the entity's key."""

    __tablename__ = "entity_versions"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entity_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    base_version: Mapped[int | None]
    branch_id: Mapped[uuid.UUID | None] = mapped_column(Uid)
    trunk_version: Mapped[int | None]
    branch_base: Mapped[int | None]
    conflicting: Mapped[list[str]] = mapped_column(Json)
    """Names of properties, no values."""
    is_forced: Mapped[bool]
    submission_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    record_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """The record whose version made it; null: people, scripts, an import."""
    import_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    creator_id: Mapped[int | None]
    user_agent: Mapped[str] = mapped_column(sa.String(255))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "entity_pk"],
            ["entities.project_id", "entities.entity_pk"],
            name="fk_entity_versions_entity",
            ondelete="CASCADE",
        ),
        sa.Index("ix_entity_versions_record", "project_id", "record_pk"),
    )


class Outcome(enum.StrEnum):
    """What became of what a record says about entities."""

    APPLIED = "applied"
    HELD = "held"
    """What it builds on has not come."""
    UNAPPROVED = "unapproved"
    """Its list waits for a person to approve the record."""
    FAILED = "failed"


class Arrival(Base):
    """A record that speaks of entities, and what became of it: each is applied once."""

    __tablename__ = "entity_arrivals"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    """The version of it that was looked at last."""
    outcome: Mapped[Outcome] = mapped_column(ByValue(Outcome))
    fault: Mapped[str | None] = mapped_column(sa.String(40))
    """`versions.Fault` of a failure."""
    place: Mapped[int | None]
    """Which of its entities is at fault, from 1."""
    approved_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """The version of it that somebody approved: what came later she has not seen."""
    held_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    looked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (sa.Index("ix_entity_arrivals_open", "project_id", "outcome", "record_pk"),)


class Awaited(Base):
    """Entities that a record speaks of which waits: when one of them changes, it is tried again."""

    __tablename__ = "entity_awaited"
    __table_args__ = (
        sa.Index("ix_entity_awaited_digest", "project_id", "digest"),
        BY_KEY,
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(16), primary_key=True)


class Import(Base):
    """Many entities brought in at once, by a file or a request; can be undone as one."""

    __tablename__ = "entity_imports"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    import_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    list_pk: Mapped[int]
    created: Mapped[int]
    changed: Mapped[int]
    actor_id: Mapped[int | None]
    imported_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    came_by: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    """Stands in for the bytes that asked for it, while they may come again (`repeating`)."""
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
