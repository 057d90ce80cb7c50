"""Records that only a key kept offline opens, with where their files lie."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.intake.tables import Attachment, State, Submission, SubmissionXml

PAGE = 100


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file as it lies in the store. `digest` was kept when it arrived."""

    name_digest: str
    digest: str
    blob: str
    key_pk: uuid.UUID | None
    bound: bytes | None


@dataclass(frozen=True, kw_only=True)
class StoredRecord:
    submission_pk: uuid.UUID
    instance_id: str
    version: str
    state: State
    sealed_to: str
    flags: Sequence[str]
    received_at: dt.datetime
    xml: bytes
    key_pk: uuid.UUID | None
    files: Sequence[StoredFile]


def _theirs(project_id: int, form_pk: int) -> sa.ColumnElement[bool]:
    """As they stand, and copies that wait for a person; nothing replaced or removed."""
    return sa.and_(
        Submission.project_id == project_id,
        Submission.form_pk == form_pk,
        Submission.sealed_to.is_not(None),
        Submission.state != State.SUPERSEDED,
        Submission.deleted_at.is_(None),
    )


def count(session: Session, project_id: int, form_pk: int) -> int:
    query = sa.select(sa.func.count()).select_from(Submission)
    return session.execute(query.where(_theirs(project_id, form_pk))).scalar_one()


def pages(session: Session, project_id: int, form_pk: int) -> Iterator[list[StoredRecord]]:
    """In order of arrival; two statements a page."""
    after: uuid.UUID | None = None
    while True:
        query = _RECORDS.where(_theirs(project_id, form_pk))
        if after is not None:
            query = query.where(Submission.submission_pk > after)
        rows = list(session.execute(query.order_by(Submission.submission_pk).limit(PAGE)))
        if not rows:
            return
        after = rows[-1].submission_pk
        files = _files(session, project_id, [row.submission_pk for row in rows])
        yield [_record(row, files[row.submission_pk]) for row in rows]


_RECORDS = sa.select(
    Submission.submission_pk,
    Submission.instance_id,
    Submission.version,
    Submission.state,
    Submission.sealed_to,
    Submission.flags,
    Submission.received_at,
    SubmissionXml.xml,
    SubmissionXml.key_pk,
).join(
    SubmissionXml,
    sa.and_(
        SubmissionXml.project_id == Submission.project_id,
        SubmissionXml.submission_pk == Submission.submission_pk,
    ),
)


def _record(row: Any, files: Sequence[StoredFile]) -> StoredRecord:
    values = dict(row._mapping)
    return StoredRecord(**{**values, "xml": bytes(values["xml"])}, files=files)


def _files(
    session: Session, project_id: int, keys: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[StoredFile]]:
    rows = session.execute(
        sa.select(
            Attachment.submission_pk,
            Attachment.name_digest,
            Attachment.digest,
            Attachment.blob,
            Attachment.key_pk,
            Attachment.bound,
        ).where(
            Attachment.project_id == project_id,
            Attachment.submission_pk.in_(list(keys)),
            Attachment.is_current,
        )
    )
    found: dict[uuid.UUID, list[StoredFile]] = defaultdict(list)
    for row in rows:
        values = dict(row._mapping)
        found[values.pop("submission_pk")].append(StoredFile(**values))
    return found


# --- sealed anew --------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class OldManifest:
    submission_pk: uuid.UUID
    sealed_to: str
    xml: bytes
    key_pk: uuid.UUID
    replaced_key_pk: uuid.UUID | None


def list_manifests(
    session: Session, project_id: int, form_pk: int, submission_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, OldManifest]:
    """Of sealed records of a form, locked: whoever erases one waits, or goes first."""
    query = (
        sa.select(
            Submission.submission_pk,
            Submission.sealed_to,
            SubmissionXml.xml,
            SubmissionXml.key_pk,
            SubmissionXml.replaced_key_pk,
        )
        .join(
            SubmissionXml,
            sa.and_(
                SubmissionXml.project_id == Submission.project_id,
                SubmissionXml.submission_pk == Submission.submission_pk,
            ),
        )
        .where(
            Submission.project_id == project_id,
            Submission.form_pk == form_pk,
            Submission.sealed_to.is_not(None),
            SubmissionXml.key_pk.is_not(None),
            Submission.submission_pk.in_(list(submission_pks)),
        )
        .with_for_update(of=Submission)
    )
    rows = session.execute(query)
    return {
        row.submission_pk: OldManifest(**{**row._mapping, "xml": bytes(row.xml)}) for row in rows
    }


def replace_manifest(
    session: Session,
    project_id: int,
    old: OldManifest,
    xml: bytes,
    key_pk: uuid.UUID,
    sealed_to: str,
) -> None:
    """`replaced_key_pk` stays beside it: an erasure looks for it in backups."""
    theirs = (Submission.project_id == project_id, Submission.submission_pk == old.submission_pk)
    session.execute(sa.update(Submission).where(*theirs).values(sealed_to=sealed_to))
    session.execute(
        sa.update(SubmissionXml)
        .where(
            SubmissionXml.project_id == project_id,
            SubmissionXml.submission_pk == old.submission_pk,
        )
        .values(xml=xml, key_pk=key_pk, replaced_key_pk=old.key_pk)
    )
