"""Files by what stands for their names, as they lie; how long records are."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.intake.tables import Attachment, SubmissionXml


class LogFile(NamedTuple):
    submission_pk: uuid.UUID
    name_digest: str
    size: int
    blob: str
    key_pk: uuid.UUID
    bound: bytes


def list_sizes(
    session: Session, project_id: int, submission_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Bytes of these records' XML, sealed; none is fetched for it."""
    query = sa.select(SubmissionXml.submission_pk, sa.func.octet_length(SubmissionXml.xml))
    if session.get_bind().dialect.name == "sqlite":
        query = sa.select(SubmissionXml.submission_pk, sa.func.length(SubmissionXml.xml))
    rows = session.execute(
        query.where(
            SubmissionXml.project_id == project_id,
            SubmissionXml.submission_pk.in_(list(submission_pks)),
        )
    )
    return {row[0]: row[1] for row in rows}


def list_named(
    session: Session, project_id: int, named: Collection[tuple[uuid.UUID, str]]
) -> list[LogFile]:
    """Those of these (submission, what stands for a name) that are here, in one statement. What
    stands for a name does so in one record alone."""
    rows = session.execute(
        sa.select(*(getattr(Attachment, name) for name in LogFile._fields)).where(
            Attachment.project_id == project_id,
            Attachment.submission_pk.in_([key for key, _ in named]),
            Attachment.name_digest.in_([digest for _, digest in named]),
            Attachment.is_current,
            Attachment.key_pk.is_not(None),
        )
    )
    return [LogFile._make(row) for row in rows]
