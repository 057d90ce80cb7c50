"""What accepting a submission asks and writes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.forms.tables import FormDraft, FormDraftFile, FormFile, FormVersion
from service.foundation import audit, job_queue, keys
from service.foundation.formats.metadata import CLEANED_TYPES
from service.foundation.insert_together import InsertTogether, OnlyIf, of_guard
from service.foundation.job_queue import JobRow
from service.intake.edit_rules import LINKED_LATER, Known
from service.intake.tables import (
    PERIOD_OVER,
    Attachment,
    FilePart,
    PreparedFile,
    Quarantined,
    QuarantinedFile,
    State,
    Submission,
    SubmissionXml,
)

Connected = Session | sa.Connection
Row = Mapping[str, Any]

PUT_IN_PLACE = "put_in_place"
"""The flag of a version that contradicted what stood, until a person put it in its place."""
FILES_ARRIVED = "submission.files_arrived"
"""The event after which files are prepared for those who may look at them (`jobs/handlers.py`)."""

insert_submission = InsertTogether(Submission, SubmissionXml, audit.LOG, JobRow)
"""Submission, its XML, its audit entry and its job: all of them, or none if the unique index on
(project, form and instanceID) knows the instance already."""

insert_told = InsertTogether(
    Submission,
    SubmissionXml,
    audit.LOG,
    only_if=OnlyIf(
        table=JobRow,
        holds=sa.exists(
            sa.select(sa.literal_column("1"))
            .select_from(Submission)
            .where(
                Submission.project_id == of_guard(Submission.project_id),
                Submission.form_pk == of_guard(Submission.form_pk),
                Submission.deprecated_id == of_guard(Submission.instance_id),
                Submission.state == sa.literal_column(f"'{State.QUEUED}'"),
            )
        ),
    ),
)
"""The same for a submission whose facts come along: a job only where an edit waits for it."""

insert_queued = InsertTogether(Submission, SubmissionXml, audit.LOG)
"""A copy that waits for a person; none of it if the same copy waits already."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A stored version, as the decision needs it, and where to find it."""

    submission_pk: uuid.UUID
    record_pk: uuid.UUID
    instance_id: str = field(repr=False)
    received_at: dt.datetime
    place: str | None
    known: Known


_first = sa.orm.aliased(Submission)
_STORED = sa.select(
    Submission.submission_pk,
    Submission.record_pk,
    Submission.instance_id,
    Submission.received_at,
    Submission.canonical_digest,
    Submission.state,
    Submission.deleted_at,
    Submission.deprecated_id,
    Submission.place,
    sa.select(_first.submitter_id)
    .where(_first.project_id == Submission.project_id, _first.submission_pk == Submission.record_pk)
    .scalar_subquery()
    .label("sender"),
)


_FOUND = _STORED.where(
    Submission.project_id == sa.bindparam("project_id", type_=Submission.project_id.type),
    Submission.instance_digest == sa.bindparam("digest", type_=Submission.instance_digest.type),
    Submission.state != State.QUEUED,
).with_for_update()
"""Built once: it is asked for every record, twice."""


def instance_digest(project_id: int, form_pk: int, instance_id: str) -> bytes:
    """What the unique index knows an instance by."""
    return keys.current().stand_in("instance", project_id, form_pk, instance_id)


def name_digest(project_id: int, record: uuid.UUID, name: str) -> str:
    """What stands for the name of a file in the rows of one submission, or of what is in
    quarantine. Elsewhere the same name has another: nobody sees what is called alike."""
    return keys.current().stand_in("file", project_id, record.hex, name).hex()


def find_stored(
    connection: Connected,
    project_id: int,
    form_pk: int,
    instance_id: str,
    names: Collection[str] = (),
) -> Stored | None:
    """The version stored under an instanceID, locked until the transaction ends. An erased record
    is found by it as well. Of its files those of these `names` are looked for: no name follows
    from a stand-in."""
    return _stored(
        connection,
        _FOUND,
        project_id,
        names,
        {"project_id": project_id, "digest": instance_digest(project_id, form_pk, instance_id)},
    )


def find_placed(
    connection: Connected,
    project_id: int,
    records: Collection[uuid.UUID],
    canonical: bytes,
    names: Collection[str],
) -> Stored | None:
    """The version of these records that says the very same, under whichever ID: what a person put
    in the place of another may stand under one that was made here."""
    if not records:
        return None
    return _stored(
        connection,
        _STORED.where(
            Submission.project_id == project_id,
            Submission.record_pk.in_(list(records)),
            Submission.canonical_digest == canonical,
            Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
        ).with_for_update(),
        project_id,
        names,
    )


def is_stored(session: Session, project_id: int, form_pk: int, instance_id: str) -> bool:
    """Whether anything is, or was until it was erased, under an instanceID."""
    digest = instance_digest(project_id, form_pk, instance_id)
    found = sa.select(sa.literal(1)).where(
        Submission.project_id == project_id, Submission.instance_digest == digest
    )
    return session.execute(found.limit(1)).first() is not None


@dataclass(frozen=True, kw_only=True)
class Canonical:
    """What a stored version says, as a digest."""

    submission_pk: uuid.UUID
    canonical_digest: bytes


def list_canonical(
    connection: Connected, project_id: int, form_pk: int, instance_id: str
) -> list[Canonical]:
    """Of the version stored under an instanceID, and of those that a person put into its record.
    They are not locked."""
    known = sa.select(Submission.record_pk).where(
        Submission.project_id == project_id,
        Submission.instance_digest == instance_digest(project_id, form_pk, instance_id),
        Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
    )
    rows = connection.execute(
        sa.select(
            Submission.submission_pk,
            Submission.canonical_digest,
            Submission.instance_id,
            Submission.flags,
        ).where(
            Submission.project_id == project_id,
            Submission.record_pk.in_(known.scalar_subquery()),
            Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
        )
    )
    return [
        Canonical(submission_pk=row.submission_pk, canonical_digest=bytes(row.canonical_digest))
        for row in rows
        if row.instance_id == instance_id or PUT_IN_PLACE in row.flags
    ]


def find_queued(
    connection: Connected,
    project_id: int,
    form_pk: int,
    instance_id: str,
    *,
    canonical: bytes,
    names: Collection[str],
) -> Stored | None:
    """The waiting copy with the same answers; of its files those of these names."""
    return _stored(
        connection,
        _STORED.where(
            Submission.project_id == project_id,
            Submission.form_pk == form_pk,
            Submission.instance_id == instance_id,
            Submission.canonical_digest == canonical,
            Submission.state == State.QUEUED,
        ).with_for_update(),
        project_id,
        names,
    )


def _stored(
    connection: Connected,
    query: Any,
    project_id: int,
    names: Collection[str],
    values: Mapping[str, Any] | None = None,
) -> Stored | None:
    row = connection.execute(query, values).first()
    if row is None:
        return None
    return Stored(
        submission_pk=row.submission_pk,
        record_pk=row.record_pk,
        instance_id=row.instance_id,
        received_at=row.received_at,
        place=row.place,
        known=Known(
            sender=row.sender,
            canonical_digest=bytes(row.canonical_digest),
            is_current=row.state == State.CURRENT,
            is_deleted=row.deleted_at is not None,
            is_erased=row.state == State.ERASED,
            is_expired=row.state == State.EXPIRED,
            deprecated_id=row.deprecated_id,
            files=_find_files(connection, project_id, row.submission_pk, names),
        ),
    )


def _find_files(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, names: Collection[str]
) -> dict[str, str]:
    """{name: digest of its content} of the current files of these names."""
    if not names:
        return {}
    called = {name_digest(project_id, submission_pk, name): name for name in names}
    rows = connection.execute(
        sa.select(Attachment.name_digest, Attachment.digest).where(
            Attachment.project_id == project_id,
            Attachment.submission_pk == submission_pk,
            Attachment.is_current,
        )
    )
    return {called[row.name_digest]: row.digest for row in rows if row.name_digest in called}


def count_queued(connection: Connected, project_id: int, form_pk: int, instance_id: str) -> int:
    """Copies that wait under an instanceID; those that were set aside wait no more."""
    return (
        connection.execute(
            sa.select(sa.func.count()).where(
                Submission.project_id == project_id,
                Submission.form_pk == form_pk,
                Submission.instance_id == instance_id,
                Submission.state == State.QUEUED,
                Submission.deleted_at.is_(None),
            )
        ).scalar()
        or 0
    )


def supersede(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> bool:
    """Mark the current version as replaced; False if another edit was first."""
    done = connection.execute(
        sa.update(Submission)
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk == submission_pk,
            Submission.state == State.CURRENT,
        )
        .values(state=State.SUPERSEDED)
        .returning(Submission.submission_pk)
    )
    return done.first() is not None


def add_files(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, rows: Sequence[Row]
) -> None:
    """Store files; one of the same name and other content becomes history, not garbage.

    `rows`: name_digest, sealed_name, digest, size, media_type, blob, key_pk, bound, received_at.
    A job follows where a new one is of a type that can be shown.
    """
    if not rows:
        return
    mine = sa.and_(Attachment.project_id == project_id, Attachment.submission_pk == submission_pk)
    names = [row["name_digest"] for row in rows]
    replaced = sa.update(Attachment).where(mine, Attachment.name_digest.in_(names))
    connection.execute(replaced.values(is_current=False))
    contents = [(row["name_digest"], row["digest"]) for row in rows]
    again = sa.tuple_(Attachment.name_digest, Attachment.digest).in_(contents)
    returned = connection.execute(
        sa.update(Attachment)
        .where(mine, again)
        .values(is_current=True)
        .returning(Attachment.name_digest, Attachment.digest)
    )
    held = {(row.name_digest, row.digest) for row in returned}
    fresh = [
        {**row, "project_id": project_id, "submission_pk": submission_pk, "is_current": True}
        for row in rows
        if (row["name_digest"], row["digest"]) not in held
    ]
    if fresh:
        connection.execute(sa.insert(Attachment), fresh)
    if any(row["media_type"] is None or row["media_type"] in CLEANED_TYPES for row in fresh):
        job_queue.enqueue(
            connection, project_id=project_id, event=FILES_ARRIVED, subject=submission_pk
        )
    present = sa.select(sa.func.count()).where(mine, Attachment.is_current).scalar_subquery()
    connection.execute(
        sa.update(Submission)
        .where(Submission.project_id == project_id, Submission.submission_pk == submission_pk)
        .values(files_present=present)
    )


def list_files(
    connection: Connected, project_id: int, submission_pk: uuid.UUID
) -> list[dict[str, Any]]:
    """Current files of a submission, as `add_files` takes them."""
    rows = connection.execute(
        sa.select(
            Attachment.name_digest,
            Attachment.sealed_name,
            Attachment.digest,
            Attachment.size,
            Attachment.media_type,
            Attachment.blob,
            Attachment.key_pk,
            Attachment.bound,
            Attachment.received_at,
        ).where(
            Attachment.project_id == project_id,
            Attachment.submission_pk == submission_pk,
            Attachment.is_current,
        )
    )
    return [dict(row._mapping) for row in rows]


def list_blobs(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> frozenset[str]:
    """Of all files that a submission has or had."""
    rows = connection.execute(
        sa.select(Attachment.blob).where(
            Attachment.project_id == project_id, Attachment.submission_pk == submission_pk
        )
    )
    return frozenset(rows.scalars())


def find_next(
    connection: Connected, project_id: int, record_pk: uuid.UUID, instance_id: str
) -> Any:
    """The version of a record that took the place of this one, locked; None: it is the last."""
    return connection.execute(
        sa.select(
            Submission.submission_pk,
            Submission.instance_id,
            Submission.expected_files,
            Submission.sealed_to,
        )
        .where(
            Submission.project_id == project_id,
            Submission.record_pk == record_pk,
            Submission.deprecated_id == instance_id,
            Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
        )
        .with_for_update()
    ).first()


def find_waiting_edits(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Waiting edits among these submissions, and those that wait for one of them; oldest first."""
    base = sa.orm.aliased(Submission)
    waits = sa.and_(
        Submission.project_id == project_id,
        Submission.state == State.QUEUED,
        Submission.deleted_at.is_(None),
        Submission.reason.in_(LINKED_LATER),
    )
    for_one_of_them = (
        sa.select(base.submission_pk)
        .where(
            base.project_id == Submission.project_id,
            base.form_pk == Submission.form_pk,
            base.instance_id == Submission.deprecated_id,
            base.submission_pk.in_(list(keys)),
        )
        .exists()
    )
    query = sa.select(Submission.submission_pk).where(
        waits, sa.or_(Submission.submission_pk.in_(list(keys)), for_one_of_them)
    )
    return list(connection.execute(query.order_by(Submission.submission_pk)).scalars())


def get_row(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> Any:
    return connection.execute(
        sa.select(*Submission.__table__.columns).where(
            Submission.project_id == project_id, Submission.submission_pk == submission_pk
        )
    ).one()


def lock_waiting(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> Any:
    """A copy that waits, locked; None where somebody, or its base, was first."""
    return connection.execute(
        sa.select(*Submission.__table__.columns)
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk == submission_pk,
            Submission.state == State.QUEUED,
            Submission.deleted_at.is_(None),
        )
        .with_for_update()
    ).first()


def change(connection: Connected, project_id: int, submission_pk: uuid.UUID, **values: Any) -> None:
    """Another state of a submission that is locked, and what goes with it."""
    connection.execute(
        sa.update(Submission)
        .where(Submission.project_id == project_id, Submission.submission_pk == submission_pk)
        .values(values)
    )


# --- quarantine ---------------------------------------------------------------------------------
insert_quarantined = InsertTogether(Quarantined, audit.LOG)
"""XML that does not parse, once for each sequence of bytes."""


def find_quarantined(
    connection: Connected, project_id: int, xml_digest: bytes
) -> tuple[uuid.UUID, frozenset[tuple[str, str]] | None]:
    """(key, files held as (name_digest, digest)) of XML that is in quarantine. None: its period is
    over, and nothing more is kept of it."""
    query = sa.select(Quarantined.quarantined_pk, Quarantined.reason).where(
        Quarantined.project_id == project_id, Quarantined.xml_digest == xml_digest
    )
    key, reason = connection.execute(query.with_for_update()).one()
    if reason == PERIOD_OVER:
        return key, None
    held = connection.execute(
        sa.select(QuarantinedFile.name_digest, QuarantinedFile.digest).where(
            QuarantinedFile.project_id == project_id, QuarantinedFile.quarantined_pk == key
        )
    )
    return key, frozenset((row.name_digest, row.digest) for row in held)


def insert_quarantined_files(connection: Connected, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(sa.insert(QuarantinedFile), list(rows))


def named_blobs(session: Connected, names: Collection[str]) -> frozenset[str]:
    """Those of `names` that some row names: an attachment or a piece of one, what was made of it,
    a quarantined file, a form's or a draft's file, or the workbook of one."""
    wanted = list(names)
    named: Any = sa.union(
        sa.select(Attachment.blob).where(Attachment.blob.in_(wanted)),
        sa.select(PreparedFile.blob).where(PreparedFile.blob.in_(wanted)),
        sa.select(FilePart.blob).where(FilePart.blob.in_(wanted)),
        sa.select(QuarantinedFile.blob).where(QuarantinedFile.blob.in_(wanted)),
        sa.select(FormFile.blob).where(FormFile.blob.in_(wanted)),
        sa.select(FormVersion.source_sha256).where(FormVersion.source_sha256.in_(wanted)),
        sa.select(FormDraftFile.blob).where(FormDraftFile.blob.in_(wanted)),
        sa.select(FormDraft.source_sha256).where(FormDraft.source_sha256.in_(wanted)),
    )
    return frozenset(session.execute(named).scalars())


# --- reading what is stored ---------------------------------------------------------------------
