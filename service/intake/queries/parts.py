"""Files that an app sends in pieces: which record they are for, and what has come."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.forms.tables import Form
from service.intake.queries.receiving import (
    PUT_IN_PLACE,
    Connected,
    instance_digest,
    name_digest,
)
from service.intake.tables import Attachment, FilePart, State, Submission

PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Target:
    """The version of a record that a file is for, and what of the file is held already."""

    submission_pk: uuid.UUID
    form_id: str
    name_digest: str
    is_sealed: bool
    held: int | None
    """Size of the file that is here; None: none is."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Where a piece begins, how long it is, and where it lies."""

    begins: int
    size: int
    total: int
    blob: str
    key_pk: uuid.UUID
    bound: bytes


_TARGET = sa.select(
    Submission.submission_pk,
    Submission.record_pk,
    Submission.form_pk,
    Submission.expected_files,
    Submission.sealed_to,
    Submission.state,
    Submission.flags,
)


def _value(name: str, like: Any, **options: Any) -> Any:
    return sa.bindparam(name, type_=like.type, **options)


# Built once: each piece of a file, and each question how much of it is here, asks them.
_FORMS = sa.select(Form.form_pk, Form.form_id).where(
    Form.project_id == _value("project_id", Form.project_id)
)
_ITS_OWN = (
    Submission.project_id == _value("project_id", Submission.project_id),
    Submission.submitter_id.is_not_distinct_from(_value("sender_id", Submission.submitter_id)),
    Submission.deleted_at.is_(None),
)
_SENT = _TARGET.where(
    *_ITS_OWN,
    Submission.instance_digest.in_(_value("digests", Submission.instance_digest, expanding=True)),
    Submission.state != State.ERASED,
).order_by(Submission.submission_pk.desc())
_PLACED = _TARGET.where(
    *_ITS_OWN,
    Submission.record_pk.in_(_value("records", Submission.record_pk, expanding=True)),
    Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
)


def find_target(
    connection: Connected, project_id: int, sender_id: int | None, instance_id: str, name: str
) -> Target | None:
    """Of what `sender_id` sent under that instance ID: the version whose answers name the file;
    what stands before what waits, then the newest."""
    forms = connection.execute(_FORMS, {"project_id": project_id})
    ids = {row.form_pk: row.form_id for row in forms}
    digests = [instance_digest(project_id, form_pk, instance_id) for form_pk in ids]
    rows = connection.execute(
        _SENT, {"project_id": project_id, "sender_id": sender_id, "digests": digests}
    )
    found = sorted(rows, key=lambda row: row.state == State.QUEUED)
    for row in (*found, *_list_placed(connection, project_id, sender_id, found)):
        digest = name_digest(project_id, row.submission_pk, name)
        if digest in row.expected_files or row.sealed_to is not None:
            return Target(
                submission_pk=row.submission_pk,
                form_id=ids[row.form_pk],
                name_digest=digest,
                is_sealed=row.sealed_to is not None,
                held=_size_held(connection, project_id, row.submission_pk, digest),
            )
    return None


def _list_placed(
    connection: Connected, project_id: int, sender_id: int | None, rows: Sequence[Any]
) -> Sequence[Any]:
    """What came under the ID of these, and a person put into their record under another."""
    if not rows:
        return []
    return [
        row
        for row in connection.execute(
            _PLACED,
            {
                "project_id": project_id,
                "sender_id": sender_id,
                "records": list({row.record_pk for row in rows}),
            },
        )
        if PUT_IN_PLACE in row.flags
    ]


def _size_held(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, digest: str
) -> int | None:
    return connection.execute(
        sa.select(Attachment.size).where(
            Attachment.project_id == project_id,
            Attachment.submission_pk == submission_pk,
            Attachment.name_digest == digest,
            Attachment.is_current,
        )
    ).scalar()


def list_pieces(connection: Connected, project_id: int, target: Target) -> list[Piece]:
    """In their order."""
    rows = connection.execute(
        sa.select(
            FilePart.begins,
            FilePart.size,
            FilePart.total,
            FilePart.blob,
            FilePart.key_pk,
            FilePart.bound,
        )
        .where(*_of(project_id, target))
        .order_by(FilePart.begins)
    )
    return [Piece(**row._mapping) for row in rows]


def insert_piece(
    connection: Connected, project_id: int, target: Target, values: dict[str, Any]
) -> None:
    """Raises IntegrityError where another request brought the same piece meanwhile."""
    row = {
        "project_id": project_id,
        "submission_pk": target.submission_pk,
        "name_digest": target.name_digest,
        **values,
    }
    connection.execute(sa.insert(FilePart), [row])


def delete_pieces(
    connection: Connected, project_id: int, target: Target, blobs: Collection[str]
) -> None:
    """These, and none that another request has brought in their place."""
    connection.execute(
        sa.delete(FilePart).where(*_of(project_id, target), FilePart.blob.in_(list(blobs)))
    )


def _of(project_id: int, target: Target) -> Sequence[sa.ColumnElement[bool]]:
    return (
        FilePart.project_id == project_id,
        FilePart.submission_pk == target.submission_pk,
        FilePart.name_digest == target.name_digest,
    )


def take_stale(connection: Connected, before: dt.datetime) -> list[tuple[int, uuid.UUID, str]]:
    """A page of (project, data key, blob) of pieces that came before then; their rows are gone."""
    stale = (
        sa.select(
            FilePart.project_id, FilePart.submission_pk, FilePart.name_digest, FilePart.begins
        )
        .where(FilePart.received_at < before)
        .limit(PAGE)
    )
    key = sa.tuple_(
        FilePart.project_id, FilePart.submission_pk, FilePart.name_digest, FilePart.begins
    )
    gone = connection.execute(
        sa.delete(FilePart)
        .where(key.in_(stale))
        .returning(FilePart.project_id, FilePart.key_pk, FilePart.blob)
    )
    return [(row.project_id, row.key_pk, row.blob) for row in gone]
