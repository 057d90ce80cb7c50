"""Forms and their versions as phones and lists of forms are offered them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.forms.returned_file import LIST as RETURNED
from service.forms.states import FormState
from service.forms.tables import EntityList, Form, FormFile, FormVersion, WantedList

Handle = Session | sa.Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedForm:
    """A published version as a form list shows it; without its bytes."""

    form_pk: int
    form_id: str
    state: FormState
    version_pk: int
    version: str
    title: str
    md5: str
    key_fingerprint: str | None
    """Of a sealed form."""
    has_files: bool
    """Or entity lists, which phones fetch as files, or what was returned to them."""


_OFFERED = (
    Form.form_pk,
    Form.form_id,
    Form.state,
    FormVersion.version_pk,
    FormVersion.version,
    FormVersion.title,
    FormVersion.md5,
    FormVersion.key_fingerprint,
    sa.or_(
        sa.exists().where(FormFile.version_pk == FormVersion.version_pk),
        sa.exists().where(
            WantedList.version_pk == FormVersion.version_pk,
            EntityList.project_id == Form.project_id,
            EntityList.name == WantedList.name,
        ),
        sa.exists().where(
            WantedList.version_pk == FormVersion.version_pk, WantedList.name == RETURNED
        ),
    ).label("has_files"),
)
IS_CURRENT = FormVersion.version_pk == Form.current_version_pk
IS_OF_FORM = FormVersion.form_pk == Form.form_pk
STANDS = Form.deleted_at.is_(None)


def list_open_forms(
    session: Handle,
    project_id: int,
    form_ids: Collection[str] | None = None,
    *,
    all_versions: bool = False,
) -> list[OfferedForm]:
    """Open forms (`form_ids` None = all) in the version offered to phones, or in all versions.

    By name without regard to case, then formID. One statement.
    """
    query = (
        sa.select(*_OFFERED)
        .join(FormVersion, IS_OF_FORM if all_versions else IS_CURRENT)
        .where(Form.project_id == project_id, STANDS, Form.state == FormState.OPEN)
    )
    if form_ids is not None:
        query = query.where(Form.form_id.in_(form_ids))
    return _in_order(OfferedForm(**row._asdict()) for row in session.execute(query))


def list_forms(session: Handle, project_id: int) -> list[OfferedForm]:
    """All forms in whatever state, in the version that phones are offered, or would be; none that
    was deleted."""
    query = sa.select(*_OFFERED).join(FormVersion, IS_CURRENT)
    rows = session.execute(query.where(Form.project_id == project_id, STANDS))
    return _in_order(OfferedForm(**row._asdict()) for row in rows)


def count_forms(session: Session, project_ids: Collection[int]) -> dict[int, int]:
    """Forms of these projects, drafts that were never published included."""
    query = sa.select(Form.project_id, sa.func.count()).where(
        Form.project_id.in_(project_ids), STANDS
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(Form.project_id))}


def _in_order(forms: Iterable[OfferedForm]) -> list[OfferedForm]:
    # Sorted here: the two databases fold case, and order Khmer, each in its own way.
    return sorted(
        forms,
        key=lambda form: ((form.title or form.form_id).casefold(), form.form_id, form.version_pk),
    )


def list_titles(session: Handle, project_id: int, *, even_deleted: bool = False) -> dict[str, str]:
    """formID to title, of forms in whatever state; by title, then formID."""
    query = (
        sa.select(Form.form_id, FormVersion.title)
        .join(FormVersion, IS_CURRENT)
        .where(Form.project_id == project_id, sa.true() if even_deleted else STANDS)
        .order_by(Form.deleted_at.is_(None), Form.form_pk)
    )
    by_id = {row.form_id: row.title for row in session.execute(query)}
    return dict(sorted(by_id.items(), key=lambda row: (row[1].casefold(), row[0])))


def find_version(
    session: Handle,
    project_id: int,
    form: int | str,
    version: int | str | None = None,
    *,
    even_deleted: bool = False,
) -> OfferedForm | None:
    """A version of a form, in whatever state; None = the one offered to phones."""
    is_current = version is None
    query = (
        sa.select(*_OFFERED)
        .join(FormVersion, IS_CURRENT if is_current else IS_OF_FORM)
        .where(Form.project_id == project_id, is_form(form))
        .order_by(Form.deleted_at.is_not(None), Form.form_pk.desc())
    )
    if not even_deleted:
        query = query.where(STANDS)
    if isinstance(version, int):
        query = query.where(FormVersion.version_pk == version)
    elif version is not None:
        query = query.where(FormVersion.version == version)
    row = session.execute(query).first()
    return None if row is None else OfferedForm(**row._asdict())


def is_form(form: int | str) -> sa.ColumnElement[bool]:
    return Form.form_pk == form if isinstance(form, int) else Form.form_id == form


def get_xml(session: Handle, version_pk: int) -> bytes:
    """The bytes of a version, as published."""
    query = sa.select(FormVersion.xml).where(FormVersion.version_pk == version_pk)
    return bytes(session.execute(query).scalar_one())


def is_wanted(session: Handle, form_pk: int, name: str, version_pk: int | None = None) -> bool:
    """Whether a version of the form (None: any) refers to a CSV that it did not bring along."""
    query = (
        sa.select(sa.literal(1))
        .select_from(WantedList)
        .join(FormVersion, FormVersion.version_pk == WantedList.version_pk)
        .where(FormVersion.form_pk == form_pk, WantedList.name == name)
    )
    if version_pk is not None:
        query = query.where(FormVersion.version_pk == version_pk)
    return session.execute(query.limit(1)).first() is not None


def find_source(session: Handle, version_pk: int) -> str | None:
    """The blob of the workbook that a version was made from."""
    query = sa.select(FormVersion.source_sha256).where(FormVersion.version_pk == version_pk)
    return session.execute(query).scalar_one()
