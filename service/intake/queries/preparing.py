"""Files that are prepared for those who may look at them: which wait, what was made, what opens."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation.formats.metadata import CLEANED_TYPES
from service.intake.tables import Attachment, Part, Preparation, PreparedFile, Submission

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A file that is to be prepared."""

    project_id: int
    submission_pk: uuid.UUID
    name_digest: str
    digest: str
    media_type: str | None
    blob: str
    key_pk: uuid.UUID | None
    bound: bytes | None

    @property
    def is_row(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            Attachment.project_id == self.project_id,
            Attachment.submission_pk == self.submission_pk,
            Attachment.name_digest == self.name_digest,
            Attachment.digest == self.digest,
        )


def list_waiting(session: Connected, project_id: int, submission_pk: uuid.UUID) -> list[Waiting]:
    """Files of a submission whose type is prepared, or not known yet, and that were not."""
    rows = session.execute(
        sa.select(
            Attachment.project_id,
            Attachment.submission_pk,
            Attachment.name_digest,
            Attachment.digest,
            Attachment.media_type,
            Attachment.blob,
            Attachment.key_pk,
            Attachment.bound,
        ).where(
            Attachment.project_id == project_id,
            Attachment.submission_pk == submission_pk,
            Attachment.prepared.is_(None),
            sa.or_(Attachment.media_type.is_(None), Attachment.media_type.in_(CLEANED_TYPES)),
        )
    )
    return [Waiting(**row._mapping) for row in rows]


def find_copy(
    session: Connected, project_id: int, submission_pk: uuid.UUID, name_digest: str
) -> uuid.UUID | None:
    """The clean copy of the present file of that name, by which it is opened."""
    query = _copies(project_id, submission_pk).where(PreparedFile.name_digest == name_digest)
    return session.execute(query.with_only_columns(PreparedFile.prepared_pk)).scalar_one_or_none()


def names_of_copies(
    session: Connected, project_id: int, submission_pk: uuid.UUID
) -> frozenset[str]:
    """What stands for the names of present files of which there is a clean copy."""
    return frozenset(session.execute(_copies(project_id, submission_pk)).scalars())


def _copies(project_id: int, submission_pk: uuid.UUID) -> sa.Select[str]:
    return (
        sa.select(PreparedFile.name_digest)
        .join(
            Attachment,
            sa.and_(
                Attachment.project_id == PreparedFile.project_id,
                Attachment.submission_pk == PreparedFile.submission_pk,
                Attachment.name_digest == PreparedFile.name_digest,
                Attachment.digest == PreparedFile.digest,
            ),
        )
        .where(
            PreparedFile.project_id == project_id,
            PreparedFile.submission_pk == submission_pk,
            PreparedFile.part == Part.COPY,
            Attachment.is_current,
        )
    )


def set_media_type(session: Session, file: Waiting, media_type: str) -> None:
    session.execute(sa.update(Attachment).where(file.is_row).values(media_type=media_type))


def mark_prepared(
    session: Session,
    file: Waiting,
    outcome: Preparation,
    made: Sequence[Mapping[str, Any]],
    now: dt.datetime,
) -> bool:
    """Store the outcome and what was made; False, and nothing, if the file was erased meanwhile
    or another worker was first."""
    # First, as whoever erases does: they then wait for us, or we for them.
    session.execute(
        sa.select(Submission.submission_pk)
        .where(
            Submission.project_id == file.project_id,
            Submission.submission_pk == file.submission_pk,
        )
        .with_for_update(read=True)
    )
    marked = session.execute(
        sa.update(Attachment)
        .where(file.is_row, Attachment.key_pk == file.key_pk, Attachment.prepared.is_(None))
        .values(prepared=outcome)
        .returning(Attachment.submission_pk)
    )
    if marked.first() is None:
        return False
    of_file = {
        "project_id": file.project_id,
        "submission_pk": file.submission_pk,
        "name_digest": file.name_digest,
        "digest": file.digest,
        "prepared_at": now,
    }
    if made:
        session.execute(sa.insert(PreparedFile), [{**of_file, **row} for row in made])
    return True


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Something made of a file, and the file's name as it lies: sealed under the file's key."""

    project_id: int
    prepared_pk: uuid.UUID
    submission_pk: uuid.UUID
    sealed_name: bytes | None
    name_key_pk: uuid.UUID | None
    part: Part
    media_type: str
    size: int
    blob: str
    key_pk: uuid.UUID
    bound: bytes
    sealed_md5: bytes | None

    @property
    def is_copy(self) -> bool:
        return self.part is Part.COPY


_PREPARED = sa.select(
    PreparedFile.project_id,
    PreparedFile.prepared_pk,
    PreparedFile.submission_pk,
    Attachment.sealed_name,
    Attachment.key_pk.label("name_key_pk"),
    PreparedFile.part,
    PreparedFile.media_type,
    PreparedFile.size,
    PreparedFile.blob,
    PreparedFile.key_pk,
    PreparedFile.bound,
    PreparedFile.sealed_md5,
).join(
    Attachment,
    sa.and_(
        Attachment.project_id == PreparedFile.project_id,
        Attachment.submission_pk == PreparedFile.submission_pk,
        Attachment.name_digest == PreparedFile.name_digest,
        Attachment.digest == PreparedFile.digest,
    ),
)


def find_prepared(session: Connected, project_id: int, prepared_pk: uuid.UUID) -> Prepared | None:
    row = session.execute(
        _PREPARED.where(
            PreparedFile.project_id == project_id, PreparedFile.prepared_pk == prepared_pk
        )
    ).first()
    return row and Prepared(**row._mapping)


def list_made_with(session: Connected, copy: Prepared) -> list[Prepared]:
    """All that was made of the file of which `copy` was made, itself included."""
    one, other = sa.orm.aliased(PreparedFile), PreparedFile
    same = sa.exists().where(
        one.project_id == other.project_id,
        one.prepared_pk == copy.prepared_pk,
        one.submission_pk == other.submission_pk,
        one.name_digest == other.name_digest,
        one.digest == other.digest,
    )
    rows = session.execute(_PREPARED.where(PreparedFile.project_id == copy.project_id, same))
    return [Prepared(**row._mapping) for row in rows]


def list_copies(
    session: Connected, project_id: int, submission_pks: Sequence[uuid.UUID]
) -> list[Prepared]:
    """Clean copies of the files of some records as they now stand."""
    query = _PREPARED.where(
        PreparedFile.project_id == project_id,
        PreparedFile.submission_pk.in_(submission_pks),
        PreparedFile.part == Part.COPY,
        Attachment.is_current,
    )
    rows = session.execute(query.order_by(PreparedFile.submission_pk, PreparedFile.prepared_pk))
    return [Prepared(**row._mapping) for row in rows]
