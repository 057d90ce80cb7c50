"""What arrived. Large tables: `project_id` leads every key, so a project can move to a node.

`submissions` holds every version of every record, and copies that contradict what is stored
("queued"), each with its raw XML in `submission_xml`. The XML (at most 4 MiB) lives in the
database so that a row without its bytes cannot exist; attachments are blobs. XML and files are
sealed (`foundation/sealing`) under data keys that `key_pk` names; hashes of content are kept as
keyed digests, by which nobody without the keys can try out what a content might be. So are the
names of files, which phones take from what people typed: a stand-in finds the row, and the name
itself is sealed under the file's own key.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import BY_KEY, ByValue, Json, Uid, UtcDateTime, touched
from service.foundation.db import Base


class State(enum.StrEnum):
    CURRENT = "current"
    """The record as it stands."""
    SUPERSEDED = "superseded"
    """An older version: an edit took its place."""
    QUEUED = "queued"
    """Kept, not counted: a person (or the arrival of its base) decides."""
    ERASED = "erased"
    """Taken back by whom it speaks of. Nothing is left but the place of its instance ID."""
    EXPIRED = "expired"
    """Its period is over. As erased, but for coded answers that may still be counted, and for what
    says whose they are to take back: its place, its sender, the code on the paper."""


class Preparation(enum.StrEnum):
    """What became of a file that was to be prepared for those who may look at it."""

    READY = "ready"
    NOT_UNDERSTOOD = "not_understood"
    """Broken, or not clean for certain: what cannot be cleaned is not shown."""
    UNDECODABLE = "undecodable"
    """A picture that does not decode within the limits."""


class Part(enum.StrEnum):
    """What is made of a file."""

    COPY = "copy"
    """The same content without what a camera or a recorder wrote beside it."""
    PREVIEW = "preview"
    """A small picture of a picture."""


class Submission(Base):
    """One received instance. `record_pk` is the first version's key: the record across edits."""

    __tablename__ = "submissions"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    form_pk: Mapped[int]
    version: Mapped[str] = mapped_column(sa.String(249))
    """As the record says; `version_pk` is null where no such version was ever published."""
    version_pk: Mapped[int | None]
    instance_id: Mapped[str] = mapped_column(sa.String(249))
    """"" once erased."""
    instance_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(16))
    """Stands in for form and instance ID, and outlives them: by it the unique index knows what
    arrives again, erased records too."""
    deprecated_id: Mapped[str | None] = mapped_column(sa.String(249))
    record_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    state: Mapped[State] = mapped_column(ByValue(State))
    reason: Mapped[str | None] = mapped_column(sa.String(40))
    """Why it is queued: `edit_rules.Reason`."""
    xml_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    canonical_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Of the XML without insignificant white space: same meaning, same digest."""
    expected_files: Mapped[list[str]] = mapped_column(Json)
    """Stand-ins of their names (`Attachment.name_digest`), as the XML has them in order."""
    files_expected: Mapped[int]
    files_present: Mapped[int] = mapped_column(server_default="0")
    flags: Mapped[list[str]] = mapped_column(Json)
    """version_unknown, instance_id_made, … : odd, accepted, visible."""
    sealed_to: Mapped[str | None] = mapped_column(sa.String(64))
    """Only the key kept offline opens it: that key's fingerprint, "" where nobody here knows it.
    Null: readable with this installation's keys."""
    channel: Mapped[str] = mapped_column(sa.String(16))
    submitter_id: Mapped[int | None]
    device_key: Mapped[str | None] = mapped_column(sa.String(32))
    """Keyed pseudonym of the device's own id."""
    user_agent: Mapped[str] = mapped_column(sa.String(255))
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    projected_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When its facts were last computed; null = not yet."""
    changed_at: Mapped[dt.datetime | None] = touched()
    """When anything of this row last changed: what apps ask for (JSON sync). Null until then where
    a phone sent it, and nobody asks."""
    place: Mapped[str | None] = mapped_column(sa.String(6))
    """The province, district or commune that holds all it tells of, the finest there is; null
    where none does, none is told, or nobody can read it. Who may see what is asked of it."""

    __table_args__ = (
        sa.Index(
            "uq_submissions_instance",
            "project_id",
            "instance_digest",
            unique=True,
            sqlite_where=sa.text("state <> 'queued'"),
            postgresql_where=sa.text("state <> 'queued'"),
        ),
        sa.Index(
            "uq_submissions_variant",
            "project_id",
            "form_pk",
            "instance_id",
            "canonical_digest",
            unique=True,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        ),
        sa.Index(
            "ix_submissions_waiting_edit",
            "project_id",
            "form_pk",
            "deprecated_id",
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        ),
        sa.Index(
            "ix_submissions_place",
            "project_id",
            "place",
            "submission_pk",
            sqlite_where=sa.text("place IS NOT NULL"),
            postgresql_where=sa.text("place IS NOT NULL"),
        ),
        # A form's records as they stand, newest first: for whoever pulls them out.
        sa.Index(
            "ix_submissions_form",
            "project_id",
            "form_pk",
            "record_pk",
            sqlite_where=sa.text("state = 'current'"),
            postgresql_where=sa.text("state = 'current'"),
        ),
        # The same by the version that stands, of those that were edited; of all others it is the
        # record, and a new record writes nothing here.
        sa.Index(
            "ix_submissions_edited",
            "project_id",
            "form_pk",
            "submission_pk",
            sqlite_where=sa.text("state = 'current' AND submission_pk <> record_pk"),
            postgresql_where=sa.text("state = 'current' AND submission_pk <> record_pk"),
        ),
        # The same by when they changed: what came since, or took its place since.
        sa.Index(
            "ix_submissions_edited_since",
            "project_id",
            "form_pk",
            "changed_at",
            sqlite_where=sa.text("state = 'current' AND submission_pk <> record_pk"),
            postgresql_where=sa.text("state = 'current' AND submission_pk <> record_pk"),
        ),
        # Of what was brought along, the oldest first: its keys say nothing of its age (ageing).
        sa.Index(
            "ix_submissions_moved",
            "project_id",
            "received_at",
            "submission_pk",
            sqlite_where=sa.text("channel = 'moved'"),
            postgresql_where=sa.text("channel = 'moved'"),
        ),
        sa.Index(
            "ix_submissions_changes",
            "project_id",
            "submitter_id",
            "changed_at",
            "submission_pk",
            sqlite_where=sa.text("channel = 'json'"),
            postgresql_where=sa.text("channel = 'json'"),
        ),
        # Not by project: PostgreSQL would take it for the foreign keys of a young database, and
        # read all of a project for each fact.
        sa.Index("ix_submissions_record", "record_pk"),
    )


IS_EDITED = sa.and_(
    Submission.state == sa.literal_column("'current'"),
    Submission.submission_pk != Submission.record_pk,
)
"""A version that stands and took the place of another; as the indexes say it."""


class SubmissionXml(Base):
    """The bytes of the XML part, exactly as they came, sealed."""

    __tablename__ = "submission_xml"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    xml: Mapped[bytes] = mapped_column(sa.LargeBinary)
    key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Null: stored before anything was sealed; `seal_stored` has not come by yet."""
    identity_key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """What says who somebody is, and below, what was told, are sealed under keys of their own
    (`parting`). Null: nothing is, or it was erased alone, or an earlier release stored it whole."""
    testimony_key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    replaced_key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Under which an earlier release sealed all of it: backups of then hold it so."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_submission_xml_submission",
            ondelete="CASCADE",
        ),
    )


class Attachment(Base):
    """A file of a submission. Another content under the same name keeps the earlier one."""

    __tablename__ = "attachments"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    name_digest: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    """Hex. Stands for the name (NFC, as the XML has it) in this record alone. In rows of earlier
    releases the name itself, until `seal_stored` comes by."""
    sealed_name: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Null until then. Empty: its key was destroyed before."""
    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """Hex. Tells equal contents from different ones."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    media_type: Mapped[str | None] = mapped_column(sa.String(40))
    """By its first bytes (`formats.media_types`); null: stored before that was asked."""
    prepared: Mapped[Preparation | None] = mapped_column(ByValue(Preparation))
    """Null: still to be, or of a type that never is."""
    blob: Mapped[str] = mapped_column(sa.String(64))
    key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    bound: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    """Ties the sealed blob to this record and name (`sealing.binding`)."""
    is_current: Mapped[bool]
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_attachments_submission",
            ondelete="CASCADE",
        ),
        sa.Index("ix_attachments_blob", "blob"),
        sa.Index(
            "uq_attachments_current",
            "project_id",
            "submission_pk",
            "name_digest",
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        ),
    )


class PreparedFile(Base):
    """What was made of a file, for those who may look at it; sealed under a key of its own. Its
    name is the file's.

    Whoever erases the file destroys the keys of these too; the rows go with its row.
    """

    __tablename__ = "prepared_files"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    prepared_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    name_digest: Mapped[str] = mapped_column(sa.String(255))
    digest: Mapped[str] = mapped_column(sa.String(64))
    part: Mapped[Part] = mapped_column(ByValue(Part))
    media_type: Mapped[str] = mapped_column(sa.String(40))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    blob: Mapped[str] = mapped_column(sa.String(64))
    key_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    bound: Mapped[bytes] = mapped_column(sa.LargeBinary(16))
    sealed_md5: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """MD5 of the content, for ODK Briefcase; sealed, for a picture is known again by it. Null:
    made by an earlier release."""
    prepared_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk", "name_digest", "digest"],
            [
                "attachments.project_id",
                "attachments.submission_pk",
                "attachments.name_digest",
                "attachments.digest",
            ],
            name="fk_prepared_files_attachment",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "project_id",
            "submission_pk",
            "name_digest",
            "digest",
            "part",
            name="uq_prepared_files_part",
        ),
        sa.Index("ix_prepared_files_blob", "blob"),
    )


class FilePart(Base):
    """A piece of a file that an app sends in several requests; gone when the whole file is here.
    Sealed under a key of its own, bound to its place."""

    __tablename__ = "file_parts"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    name_digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    begins: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    total: Mapped[int] = mapped_column(sa.BigInteger)
    """Bytes of the whole file, as its sender says."""
    blob: Mapped[str] = mapped_column(sa.String(64))
    key_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    bound: Mapped[bytes] = mapped_column(sa.LargeBinary(16))
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_file_parts_submission",
            ondelete="CASCADE",
        ),
        sa.Index("ix_file_parts_blob", "blob"),
        sa.Index("ix_file_parts_received", "received_at"),
    )


class AlarmKind(enum.StrEnum):
    SPILLED = "spilled"
    """Beside a sealed record came files in clear. They were not stored."""
    SENT_OPEN = "sent_open"
    """A record of a sealed form came in clear. It was sealed while it came in."""


class SealAlarm(Base):
    """A phone sent in clear what should have been sealed: for the coordinators, once a request."""

    __tablename__ = "seal_alarms"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    alarm_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    kind: Mapped[AlarmKind] = mapped_column(ByValue(AlarmKind))
    form_pk: Mapped[int]
    submission_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    submitter_id: Mapped[int | None]
    device_key: Mapped[str | None] = mapped_column(sa.String(32))
    files: Mapped[int]
    """How many files in clear; their names may speak, and are kept nowhere."""
    raised_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (BY_KEY,)


PERIOD_OVER = "period_over"
"""Why of what could not be read (`Quarantined.reason`) only its stand-in is left."""


class Quarantined(Base):
    """Framing whole, sender known, XML that does not parse: kept whole, byte for byte."""

    __tablename__ = "quarantined"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quarantined_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    xml_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    xml: Mapped[bytes] = mapped_column(sa.LargeBinary)
    key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    size: Mapped[int]
    """Bytes of the XML as it came."""
    reason: Mapped[str] = mapped_column(sa.String(40))
    submitter_id: Mapped[int | None]
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.UniqueConstraint("project_id", "xml_digest", name="uq_quarantined_xml"),)


class QuarantinedFile(Base):
    """A file that came with quarantined XML."""

    __tablename__ = "quarantined_files"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quarantined_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    name_digest: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    sealed_name: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    media_type: Mapped[str | None] = mapped_column(sa.String(40))
    blob: Mapped[str] = mapped_column(sa.String(64))
    key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    bound: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "quarantined_pk"],
            ["quarantined.project_id", "quarantined.quarantined_pk"],
            name="fk_quarantined_files_quarantined",
        ),
    )


class TrialRecord(Base):
    """What was sent to try a draft: apart from records, in no list of them and in no figure, and
    gone with the draft. Its files are looked at and not kept."""

    __tablename__ = "trial_records"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    trial_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    form_pk: Mapped[int]
    draft_pk: Mapped[int]
    instance_id: Mapped[str] = mapped_column(sa.String(249))
    canonical_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    files_expected: Mapped[int]
    device_key: Mapped[str | None] = mapped_column(sa.String(32))
    user_agent: Mapped[str] = mapped_column(sa.String(255))
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    key_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    xml: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Sealed."""

    __table_args__ = (
        sa.UniqueConstraint(
            "project_id", "draft_pk", "instance_id", name="uq_trial_records_instance"
        ),
    )


class ProjectShare(Base):
    """How much of the disk a project may use, and how much it does. Without a row, or with 0: as
    much as there is."""

    __tablename__ = "project_shares"
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    most_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    held_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    """As counted by `counted_at`, and what came since, as far as processes have written it down."""
    counted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
