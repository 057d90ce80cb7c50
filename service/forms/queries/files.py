"""Files that belong to a published version."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.forms.queries.offered import IS_CURRENT, IS_OF_FORM, STANDS, Handle, is_form
from service.forms.tables import Form, FormFile, FormVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedFile:
    """A file of a version; its bytes: `forms.actions.content`."""

    file_pk: int
    project_id: int
    version_pk: int
    form_id: str
    name: str
    sha256: str
    blob: str
    key_pk: uuid.UUID | None
    bound: bytes | None
    md5: str
    size: int
    media_type: str


_FILES = (
    sa.select(
        FormFile.file_pk,
        Form.project_id,
        FormFile.version_pk,
        Form.form_id,
        FormFile.name,
        FormFile.sha256,
        FormFile.blob,
        FormFile.key_pk,
        FormFile.bound,
        FormFile.md5,
        FormFile.size,
        FormFile.media_type,
    )
    .join(FormVersion, FormVersion.version_pk == FormFile.version_pk)
    .join(Form, IS_OF_FORM)
)


def list_files(session: Handle, version_pk: int) -> list[OfferedFile]:
    """Files of a version, by name."""
    query = _FILES.where(FormFile.version_pk == version_pk).order_by(FormFile.name)
    return [OfferedFile(**row._asdict()) for row in session.execute(query)]


def find_file(
    session: Handle, project_id: int, form: int | str, file: int | str
) -> OfferedFile | None:
    """A file by its key, of any version of the form; or by its name, in the version offered."""
    query = _FILES.where(Form.project_id == project_id, is_form(form), STANDS)
    if isinstance(file, int):
        query = query.where(FormFile.file_pk == file)
    else:
        query = query.where(FormFile.name == file, IS_CURRENT)
    row = session.execute(query).first()
    return None if row is None else OfferedFile(**row._asdict())


CLEAR_AT_ONCE = 50
"""Files that are sealed in one transaction."""


def list_clear_files(session: Handle) -> list[OfferedFile]:
    """Some of those that an earlier release stored in clear."""
    query = _FILES.where(FormFile.key_pk.is_(None)).order_by(FormFile.file_pk).limit(CLEAR_AT_ONCE)
    return [OfferedFile(**row._asdict()) for row in session.execute(query)]


def update_file(session: Session, file_pk: int, columns: Mapping[str, Any]) -> None:
    session.execute(sa.update(FormFile).where(FormFile.file_pk == file_pk).values(columns))


def insert_files(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Files of a version, however many, by one statement."""
    held = [dict(row) for row in rows]
    if held:
        session.execute(sa.insert(FormFile), held)
