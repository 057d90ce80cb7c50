"""What people told in words, pictures and voices, apart from the rest of their records: what is
left of it, and how it is taken away alone.

Of sealed records nothing is apart: all of them goes with them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation.columns import UtcDateTime
from service.intake.queries.erasing import shared
from service.intake.tables import Attachment, PreparedFile, State, Submission, SubmissionXml

Connected = Session | sa.Connection
_GONE = b""
"""Of a file whose key was destroyed: the name is sealed under it, too."""
_HAS_FILES = sa.exists().where(
    Attachment.project_id == Submission.project_id,
    Attachment.submission_pk == Submission.submission_pk,
    sa.or_(Attachment.sealed_name.is_(None), Attachment.sealed_name != _GONE),
)
_IS_LEFT = sa.and_(
    Submission.sealed_to.is_(None),
    Submission.state.not_in((State.ERASED, State.EXPIRED)),
    sa.or_(
        SubmissionXml.testimony_key_pk.is_not(None),
        SubmissionXml.replaced_key_pk.is_not(None),
        _HAS_FILES,
    ),
)
_IS_XML = sa.and_(
    SubmissionXml.project_id == Submission.project_id,
    SubmissionXml.submission_pk == Submission.submission_pk,
)


def with_something(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Those of these records of which anything told is left."""
    query = (
        sa.select(Submission.record_pk)
        .join(SubmissionXml, _IS_XML)
        .where(
            Submission.project_id == project_id,
            Submission.record_pk.in_(list(record_pks)),
            _IS_LEFT,
        )
        .distinct()
    )
    return list(connection.execute(query).scalars())


def count(connection: Connected, project_id: int, before: dt.datetime) -> int:
    """Records of which nothing came since that moment, and something told is left. Reads all of a
    project's receipts: for whoever asks."""
    last = sa.func.max(Submission.received_at)
    young = (
        sa.select(Submission.record_pk)
        .where(Submission.project_id == project_id)
        .group_by(Submission.record_pk)
        .having(last >= sa.bindparam("before", before, UtcDateTime))
    )
    query = (
        sa.select(sa.func.count(sa.distinct(Submission.record_pk)))
        .join(SubmissionXml, _IS_XML)
        .where(Submission.project_id == project_id, _IS_LEFT, Submission.record_pk.not_in(young))
    )
    return int(connection.execute(query).scalar_one())


@dataclass(frozen=True, kw_only=True)
class Told:
    """What hangs on it: keys and blobs to destroy; keys of before it lay apart, which open whole
    records in old backups alone."""

    keys: Sequence[uuid.UUID]
    blobs: Sequence[str]
    replaced: Sequence[uuid.UUID]


def find(connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID]) -> Told:
    """Of these versions. A file that a version has, too, which stays, stays."""
    own = (Submission.project_id == project_id, Submission.submission_pk.in_(list(submission_pks)))
    xml = connection.execute(
        sa.select(SubmissionXml.testimony_key_pk, SubmissionXml.replaced_key_pk)
        .join(Submission, _IS_XML)
        .where(*own, Submission.sealed_to.is_(None))
    ).all()
    keys = {row.testimony_key_pk for row in xml}
    blobs: set[str] = set()
    for table in (Attachment, PreparedFile):
        files = (
            sa.select(table.key_pk, table.blob)
            .join(
                Submission,
                sa.and_(
                    Submission.project_id == table.project_id,
                    Submission.submission_pk == table.submission_pk,
                ),
            )
            .where(*own, Submission.sealed_to.is_(None))
        )
        for key, blob in connection.execute(files):
            keys.add(key)
            blobs.add(blob)
    for blob, key in shared(connection, project_id, submission_pks, blobs):
        blobs.discard(blob)
        keys.discard(key)
    return Told(
        keys=sorted(key for key in keys if key is not None),
        blobs=sorted(blobs),
        replaced=sorted(row.replaced_key_pk for row in xml if row.replaced_key_pk is not None),
    )


def erase(connection: sa.Connection, project_id: int, submission_pks: Sequence[uuid.UUID]) -> None:
    """Leave of files their places alone, so that a phone that sends them again brings nothing
    back; of words nothing."""
    open_ = sa.select(Submission.submission_pk).where(
        Submission.project_id == project_id,
        Submission.submission_pk.in_(list(submission_pks)),
        Submission.sealed_to.is_(None),
    )
    made = sa.delete(PreparedFile).where(
        PreparedFile.project_id == project_id, PreparedFile.submission_pk.in_(open_)
    )
    files = sa.update(Attachment).where(
        Attachment.project_id == project_id, Attachment.submission_pk.in_(open_)
    )
    xml = sa.update(SubmissionXml).where(
        SubmissionXml.project_id == project_id, SubmissionXml.submission_pk.in_(open_)
    )
    connection.execute(made)
    connection.execute(files.values(sealed_name=_GONE))
    connection.execute(xml.values(testimony_key_pk=None, replaced_key_pk=None))


# --- what earlier releases stored whole -----------------------------------------------------------
def list_whole(
    connection: Connected, project_id: int, after: uuid.UUID | None, limit: int
) -> list[uuid.UUID]:
    """Versions whose XML lies under one key, in the order of theirs; those of which the very
    version of the form is known."""
    query = (
        sa.select(Submission.submission_pk)
        .join(SubmissionXml, _IS_XML)
        .where(
            Submission.project_id == project_id,
            Submission.sealed_to.is_(None),
            Submission.version_pk.is_not(None),
            SubmissionXml.key_pk.is_not(None),
            SubmissionXml.identity_key_pk.is_(None),
            SubmissionXml.testimony_key_pk.is_(None),
        )
        .order_by(Submission.submission_pk)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Submission.submission_pk > after)
    return list(connection.execute(query).scalars())


def put_apart(
    connection: sa.Connection,
    version: tuple[int, uuid.UUID],
    columns: Mapping[str, object],
    was: uuid.UUID,
) -> None:
    """`columns`: the same XML, sealed by class. The key of before is kept until what was told goes:
    backups of before hold the record under it."""
    project_id, submission_pk = version
    connection.execute(
        sa.update(SubmissionXml)
        .where(
            SubmissionXml.project_id == project_id,
            SubmissionXml.submission_pk == submission_pk,
            SubmissionXml.key_pk == was,
        )
        .values(**columns, replaced_key_pk=was)
    )
