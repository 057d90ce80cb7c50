"""Forms as programs are told of them: with states and versions, drafts that stand alone too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.forms.states import FormState
from service.forms.tables import EntityUse, Form, FormDraft, FormVersion

Handle = Session | sa.Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTold:
    """A form in a version: the one offered to phones, another, or its draft."""

    project_id: int
    form_pk: int
    form_id: str
    state: FormState
    created_at: dt.datetime
    version: str
    title: str
    md5: str
    source_sha256: str | None
    published_at: dt.datetime | None
    """None: a draft."""
    version_pk: int | None
    draft_pk: int | None
    gone_at: dt.datetime | None
    """When the form was deleted."""


_OF_FORM = (
    Form.project_id,
    Form.form_pk,
    Form.form_id,
    Form.state,
    Form.created_at,
    Form.deleted_at.label("gone_at"),
)
_STANDS = Form.deleted_at.is_(None)
_PUBLISHED = sa.select(
    *_OF_FORM,
    FormVersion.version,
    FormVersion.title,
    FormVersion.md5,
    FormVersion.source_sha256,
    FormVersion.published_at,
    FormVersion.version_pk,
    sa.literal(None, sa.Integer).label("draft_pk"),
)
_DRAFT = sa.select(
    *_OF_FORM,
    FormDraft.version,
    FormDraft.title,
    FormDraft.md5,
    FormDraft.source_sha256,
    sa.literal(None, FormVersion.published_at.type).label("published_at"),
    sa.literal(None, sa.Integer).label("version_pk"),
    FormDraft.draft_pk,
).join(FormDraft, sa.and_(FormDraft.form_pk == Form.form_pk, FormDraft.ended_as.is_(None)))
_CURRENT = _PUBLISHED.join(FormVersion, FormVersion.version_pk == Form.current_version_pk)
_ANY = _PUBLISHED.join(FormVersion, FormVersion.form_pk == Form.form_pk)


def list_told(
    session: Handle, project_id: int, *, with_drafts: bool, deleted: bool = False
) -> list[FormTold]:
    """All forms of a project in whatever state, or those that were deleted, by title without regard
    to case, then formID; with those that have a draft alone, if asked. Two statements at most."""
    mine = (Form.project_id == project_id, Form.deleted_at.is_not(None) if deleted else _STANDS)
    found = list(session.execute(_CURRENT.where(*mine)))
    if with_drafts:
        alone = Form.current_version_pk.is_(None)
        found += session.execute(_DRAFT.where(*mine, alone)).all()
    told = [FormTold(**row._asdict()) for row in found]
    return sorted(told, key=lambda form: (form.title.casefold(), form.form_id, form.form_pk))


def find_told(
    session: Handle, project_id: int, form_id: str, *, with_draft: bool
) -> FormTold | None:
    """One form as it is offered or would be; one that has a draft alone as that, if asked."""
    mine = (Form.project_id == project_id, Form.form_id == form_id, _STANDS)
    row = session.execute(_CURRENT.where(*mine)).first()
    if row is None and with_draft:
        row = session.execute(_DRAFT.where(*mine)).first()
    return None if row is None else FormTold(**row._asdict())


def find_draft_told(session: Handle, project_id: int, form_id: str) -> FormTold | None:
    """Its live draft."""
    mine = (Form.project_id == project_id, Form.form_id == form_id, _STANDS)
    row = session.execute(_DRAFT.where(*mine)).first()
    return None if row is None else FormTold(**row._asdict())


def list_versions(session: Handle, project_id: int, form_id: str) -> list[FormTold]:
    """Its published versions, newest first."""
    query = _ANY.where(Form.project_id == project_id, Form.form_id == form_id, _STANDS)
    rows = session.execute(query.order_by(FormVersion.version_pk.desc()))
    return [FormTold(**row._asdict()) for row in rows]


def find_version(session: Handle, project_id: int, form_id: str, version: str) -> FormTold | None:
    """One published version, by its own text."""
    query = _ANY.where(
        Form.project_id == project_id,
        Form.form_id == form_id,
        FormVersion.version == version,
        _STANDS,
    )
    row = session.execute(query).first()
    return None if row is None else FormTold(**row._asdict())


def find_publishers(session: Handle, version_pks: Collection[int]) -> dict[int, int | None]:
    """Whoever published each version."""
    query = sa.select(FormVersion.version_pk, FormVersion.published_by).where(
        FormVersion.version_pk.in_(version_pks)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def find_creators(session: Handle, form_pks: Collection[int]) -> dict[int, int | None]:
    """Whoever made each form: its first draft, or first version. Two statements."""
    first: dict[int, tuple[dt.datetime, int | None]] = {}
    for key, form_pk, at, by in (
        (FormDraft.draft_pk, FormDraft.form_pk, FormDraft.created_at, FormDraft.created_by),
        (
            FormVersion.version_pk,
            FormVersion.form_pk,
            FormVersion.published_at,
            FormVersion.published_by,
        ),
    ):
        oldest = sa.select(sa.func.min(key)).where(form_pk.in_(form_pks)).group_by(form_pk)
        for row in session.execute(sa.select(form_pk, at, by).where(key.in_(oldest))):
            if row[0] not in first or row[1] < first[row[0]][0]:
                first[row[0]] = (row[1], row[2])
    return {form_pk: by for form_pk, (_, by) in first.items()}


def list_with_entities(session: Handle, version_pks: Collection[int]) -> set[int]:
    """Those of the versions that make or change entities."""
    query = sa.select(EntityUse.version_pk).where(EntityUse.version_pk.in_(version_pks))
    return set(session.execute(query).scalars())
