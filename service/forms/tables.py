"""Forms and their published versions. Small tables: copied whole to every node of a cluster."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.forms.entity_lists import Telling
from service.forms.states import DraftEnd, FormState
from service.foundation.columns import ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base


class Form(Base):
    """A form of a project, across its versions."""

    __tablename__ = "forms"
    __table_args__ = (
        sa.Index(
            "uq_forms_form_id",
            "project_id",
            "form_id",
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
        sa.Index("ix_forms_form_id", "project_id", "form_id"),
    )
    form_pk: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"))
    form_id: Mapped[str] = mapped_column(sa.String(249))
    state: Mapped[FormState] = mapped_column(ByValue(FormState), server_default="open")
    current_version_pk: Mapped[int | None]
    """The version that phones are offered."""
    public_key: Mapped[str | None] = mapped_column(sa.String(2000))
    """The key of that version, so that whatever comes in can be sealed to it; null: not sealed."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """Until it is restored, no phone and no program is told of it; its records are kept, and still
    come in. Another form may have its ID meanwhile."""


class FormVersion(Base):
    """A published version. `xml` is what phones get, byte for byte; nothing here ever changes."""

    __tablename__ = "form_versions"
    __table_args__ = (sa.UniqueConstraint("form_pk", "version", name="uq_form_versions_version"),)
    version_pk: Mapped[int] = mapped_column(primary_key=True)
    form_pk: Mapped[int] = mapped_column(sa.ForeignKey("forms.form_pk"))
    version: Mapped[str] = mapped_column(sa.String(249))
    title: Mapped[str] = mapped_column(sa.String(1000))
    md5: Mapped[str] = mapped_column(sa.String(32))
    """Hex MD5 of `xml`: OpenRosa's hash."""
    source_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    """Blob of the workbook it was made from."""
    warnings: Mapped[list[str]] = mapped_column(Json)
    published_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    published_by: Mapped[int | None]
    key_fingerprint: Mapped[str | None] = mapped_column(sa.String(64))
    """Of a sealed form: SHA-256 of its public key (`sealing.odk`)."""
    key_before: Mapped[str | None] = mapped_column(sa.String(64))
    """Where publishing changed the key: the fingerprint until then, "none" without a key."""
    xml: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Last: SQLite reads through all of it to reach a column behind."""


class FormFile(Base):
    """A file that belongs to a version: picture, sound, CSV list."""

    __tablename__ = "form_files"
    file_pk: Mapped[int] = mapped_column(primary_key=True)
    version_pk: Mapped[int] = mapped_column(sa.ForeignKey("form_versions.version_pk"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    blob: Mapped[str] = mapped_column(sa.String(64))
    """Its name in the store."""
    key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Null: stored in clear by an earlier release; `seal_stored` has not come by yet."""
    bound: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    """MAC that ties the blob to this file."""
    md5: Mapped[str] = mapped_column(sa.String(32))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(sa.String(100))

    __table_args__ = (sa.UniqueConstraint("version_pk", "name", name="uq_form_files_name"),)


class FormDraft(Base):
    """A version in the making; at most one of a form is live. Of one that ended, its row alone is
    left, so that phones which were trying it can be told what became of it."""

    __tablename__ = "form_drafts"
    draft_pk: Mapped[int] = mapped_column(primary_key=True)
    form_pk: Mapped[int] = mapped_column(sa.ForeignKey("forms.form_pk"), index=True)
    version: Mapped[str] = mapped_column(sa.String(249))
    title: Mapped[str] = mapped_column(sa.String(1000))
    md5: Mapped[str] = mapped_column(sa.String(32))
    source_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    warnings: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None]
    ended_as: Mapped[DraftEnd | None] = mapped_column(ByValue(DraftEnd))
    xml: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.Index(
            "uq_form_drafts_live",
            "form_pk",
            unique=True,
            sqlite_where=sa.text("ended_as IS NULL"),
            postgresql_where=sa.text("ended_as IS NULL"),
        ),
    )


class FormDraftFile(Base):
    """A file that a draft refers to, and got."""

    __tablename__ = "form_draft_files"
    file_pk: Mapped[int] = mapped_column(primary_key=True)
    draft_pk: Mapped[int] = mapped_column(sa.ForeignKey("form_drafts.draft_pk"))
    name: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    blob: Mapped[str] = mapped_column(sa.String(64))
    key_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    bound: Mapped[bytes] = mapped_column(sa.LargeBinary(16))
    """MAC that ties the blob to this draft and name."""
    md5: Mapped[str] = mapped_column(sa.String(32))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(sa.String(100))
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (sa.UniqueConstraint("draft_pk", "name", name="uq_form_draft_files_name"),)


class EntityList(Base):
    """An entity list (Central: dataset) of a project. Its entities: `entities`."""

    __tablename__ = "entity_lists"
    __table_args__ = (sa.UniqueConstraint("project_id", "name_key", name="uq_entity_lists_name"),)
    list_pk: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"))
    name: Mapped[str] = mapped_column(sa.String(100))
    name_key: Mapped[str] = mapped_column(sa.String(100))
    """Without regard to case: phones store files so."""
    approval_required: Mapped[bool] = mapped_column(server_default=sa.false())
    """Entities are made when a record is approved, not when it arrives."""
    telling: Mapped[Telling] = mapped_column(ByValue(Telling))
    is_of_places: Mapped[bool] = mapped_column(server_default=sa.false())
    """Its entities are of places: a phone holds those where it works."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None]


class EntityProperty(Base):
    """A property of a list's entities: its name, no value."""

    __tablename__ = "entity_properties"
    __table_args__ = (sa.UniqueConstraint("list_pk", "name_key", name="uq_entity_properties_name"),)
    property_pk: Mapped[int] = mapped_column(primary_key=True)
    list_pk: Mapped[int] = mapped_column(sa.ForeignKey("entity_lists.list_pk"))
    name: Mapped[str] = mapped_column(sa.String(100))
    name_key: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class EntityUse(Base):
    """What a published version does to a list."""

    __tablename__ = "entity_uses"
    version_pk: Mapped[int] = mapped_column(
        sa.ForeignKey("form_versions.version_pk"), primary_key=True, autoincrement=False
    )
    list_pk: Mapped[int] = mapped_column(
        sa.ForeignKey("entity_lists.list_pk"), primary_key=True, autoincrement=False
    )
    creates: Mapped[bool]
    updates: Mapped[bool]
    properties: Mapped[list[str]] = mapped_column(Json)


class WantedList(Base):
    """A CSV that a version refers to and did not bring along: a list of that name is served."""

    __tablename__ = "wanted_lists"
    version_pk: Mapped[int] = mapped_column(
        sa.ForeignKey("form_versions.version_pk"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
