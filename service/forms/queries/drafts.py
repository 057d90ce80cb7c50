"""Drafts: versions in the making, and their files."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.forms.states import DraftEnd
from service.forms.tables import Form, FormDraft, FormDraftFile

Handle = Session | sa.Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft without its bytes."""

    draft_pk: int
    project_id: int
    form_pk: int
    form_id: str
    version: str
    title: str
    md5: str
    source_sha256: str | None
    created_at: dt.datetime
    ended_as: DraftEnd | None


_DRAFTS = sa.select(
    FormDraft.draft_pk,
    Form.project_id,
    Form.form_pk,
    Form.form_id,
    FormDraft.version,
    FormDraft.title,
    FormDraft.md5,
    FormDraft.source_sha256,
    FormDraft.created_at,
    FormDraft.ended_as,
).join(Form, Form.form_pk == FormDraft.form_pk)


def find_live(session: Handle, project_id: int, form: int | str) -> DraftRow | None:
    """The draft of a form that was not deleted, by the form's key or ID."""
    query = _DRAFTS.where(
        Form.project_id == project_id,
        Form.deleted_at.is_(None),
        _is_form(form),
        FormDraft.ended_as.is_(None),
    )
    row = session.execute(query).first()
    return None if row is None else DraftRow(**row._asdict())


MOST_ENDED = 50


def list_ended(session: Handle, project_id: int, form: int | str) -> list[DraftRow]:
    """Drafts of the form that ended, the last of them, newest first."""
    query = _DRAFTS.where(
        Form.project_id == project_id, _is_form(form), FormDraft.ended_as.is_not(None)
    )
    rows = session.execute(query.order_by(FormDraft.draft_pk.desc()).limit(MOST_ENDED))
    return [DraftRow(**row._asdict()) for row in rows]


def _is_form(form: int | str) -> sa.ColumnElement[bool]:
    return Form.form_pk == form if isinstance(form, int) else Form.form_id == form


def get_xml(session: Handle, draft_pk: int) -> bytes:
    query = sa.select(FormDraft.xml).where(FormDraft.draft_pk == draft_pk)
    return bytes(session.execute(query).scalar_one())


def list_warnings(session: Handle, draft_pk: int) -> list[str]:
    """What the converter had to say of it."""
    query = sa.select(FormDraft.warnings).where(FormDraft.draft_pk == draft_pk)
    return list(session.execute(query).scalar_one())


def get_end(session: Handle, draft_pk: int) -> DraftEnd | None:
    """What became of a draft; None of one that is live."""
    query = sa.select(FormDraft.ended_as).where(FormDraft.draft_pk == draft_pk)
    return session.execute(query).scalar_one()


def end(session: Session, draft_pk: int, how: DraftEnd) -> None:
    """Leave of it what became of it. Blobs that nobody else names are swept up later."""
    session.execute(sa.delete(FormDraftFile).where(FormDraftFile.draft_pk == draft_pk))
    session.execute(
        sa.update(FormDraft)
        .where(FormDraft.draft_pk == draft_pk)
        .values(ended_as=how, xml=b"", source_sha256=None, warnings=[])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """A file of a draft; its bytes: `forms.actions.draft_content`."""

    file_pk: int
    project_id: int
    draft_pk: int
    name: str
    sha256: str
    blob: str
    key_pk: uuid.UUID
    bound: bytes
    md5: str
    size: int
    media_type: str
    updated_at: dt.datetime


_FILES = (
    sa.select(
        FormDraftFile.file_pk,
        Form.project_id,
        FormDraftFile.draft_pk,
        FormDraftFile.name,
        FormDraftFile.sha256,
        FormDraftFile.blob,
        FormDraftFile.key_pk,
        FormDraftFile.bound,
        FormDraftFile.md5,
        FormDraftFile.size,
        FormDraftFile.media_type,
        FormDraftFile.updated_at,
    )
    .join(FormDraft, FormDraft.draft_pk == FormDraftFile.draft_pk)
    .join(Form, Form.form_pk == FormDraft.form_pk)
)


def list_files(session: Handle, draft_pk: int) -> list[DraftFile]:
    """By name."""
    query = _FILES.where(FormDraftFile.draft_pk == draft_pk).order_by(FormDraftFile.name)
    return [DraftFile(**row._asdict()) for row in session.execute(query)]


def insert_files(
    session: Session, draft_pk: int, rows: Iterable[Mapping[str, Any]], now: dt.datetime
) -> None:
    held = [{"draft_pk": draft_pk, "updated_at": now, **row} for row in rows]
    if held:
        session.execute(sa.insert(FormDraftFile), held)


def delete_files(session: Session, draft_pk: int, names: Iterable[str]) -> bool:
    """False where there was none of them."""
    mine = (FormDraftFile.draft_pk == draft_pk, FormDraftFile.name.in_(list(names)))
    gone = session.execute(sa.delete(FormDraftFile).where(*mine).returning(FormDraftFile.file_pk))
    return bool(gone.all())
