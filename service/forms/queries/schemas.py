"""What a form asks; and the form that a record names, on the way of every submission."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from service.forms import xform
from service.forms.nearest import nearest
from service.forms.queries.offered import IS_CURRENT, Handle, OfferedForm, get_xml
from service.forms.schema import FormSchema
from service.forms.states import FormState
from service.forms.tables import Form, FormVersion
from service.foundation.db import look, reading
from service.foundation.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRef:
    """What intake needs to know. `version_pk` is None where that version was never published."""

    form_pk: int
    form_id: str
    state: FormState
    version_pk: int | None
    md5: str | None = None
    """Of that version's XML."""
    public_key: str | None = None
    """What the form's records are sealed to now, whichever version they name."""


_FOR_SUBMISSION = Prepared(
    sa.select(
        Form.form_pk,
        Form.form_id,
        Form.state,
        FormVersion.version_pk,
        FormVersion.md5,
        Form.public_key,
    )
    .outerjoin(
        FormVersion,
        (FormVersion.form_pk == Form.form_pk) & (FormVersion.version == sa.bindparam("v")),
    )
    .where(
        Form.project_id == sa.bindparam("p"),
        Form.form_id == sa.bindparam("f"),
        Form.current_version_pk.is_not(None),
    )
    .order_by(FormVersion.version_pk.is_(None), Form.deleted_at.is_not(None), Form.form_pk.desc())
)


def find_form_for_submission(project_id: int, form_id: str, version: str) -> FormRef | None:
    """The form that a record names, whatever its state, once it was published; a deleted one, too:
    what was filled in with it is lost otherwise. Of several that had the ID one after the other,
    the one that knows the version, then the one that stands. One statement on two indexes."""
    row = look(_FOR_SUBMISSION, p=project_id, f=form_id, v=version)
    if row is None:
        return None
    form_pk, found_id, state, version_pk, md5, public_key = row
    return FormRef(
        form_pk=form_pk,
        form_id=found_id,
        state=state,
        version_pk=version_pk,
        md5=md5,
        public_key=public_key,
    )


_schemas: dict[tuple[int, str], FormSchema] = {}
MAX_SCHEMAS = 500


def schema_of(session: Handle, version_pk: int) -> FormSchema:
    """What a version asks. Read once per process: versions never change."""
    query = sa.select(FormVersion.md5).where(FormVersion.version_pk == version_pk)
    md5 = session.execute(query).scalar_one()
    return _schemas.get((version_pk, md5)) or _read_schema(session, version_pk, md5)


def _read_schema(session: Handle, version_pk: int, md5: str) -> FormSchema:
    if len(_schemas) >= MAX_SCHEMAS:
        _schemas.clear()
    schema = _schemas[version_pk, md5] = xform.read(get_xml(session, version_pk))
    return schema


def schemas_of(session: Handle, forms: Iterable[OfferedForm]) -> dict[int, FormSchema]:
    """form_pk -> what the version of each asks: those that were not read yet in one statement."""
    found = {form.form_pk: _schemas.get((form.version_pk, form.md5)) for form in forms}
    left = [form_pk for form_pk, schema in found.items() if schema is None]
    query = sa.select(Form.form_pk, FormVersion.version_pk, FormVersion.md5, FormVersion.xml)
    rows = session.execute(query.join(FormVersion, IS_CURRENT).where(Form.form_pk.in_(left)))
    for row in rows:
        found[row.form_pk] = _schemas[row.version_pk, row.md5] = xform.read(row.xml)
    return {form_pk: schema for form_pk, schema in found.items() if schema is not None}


def schema_for(form: FormRef, version: str) -> FormSchema | None:
    """What reads a record of `form` that names `version`: that version, else the nearest."""
    if form.version_pk is not None and form.md5 is not None:
        known = _schemas.get((form.version_pk, form.md5))
        if known is not None:
            return known
    with reading() as session:
        version_pk = form.version_pk
        if version_pk is None:
            version_pk = find_version_to_read_with(session, form.form_pk, version)
        return None if version_pk is None else schema_of(session, version_pk)


def find_version_to_read_with(session: Handle, form_pk: int, version: str) -> int | None:
    """Key of that version or, where it was never published, of the nearest one."""
    query = sa.select(FormVersion.version, FormVersion.version_pk)
    rows = session.execute(query.where(FormVersion.form_pk == form_pk))
    known = {row.version: row.version_pk for row in rows}
    return known[nearest(version, known)] if known else None


def list_schemas(session: Handle, form_pk: int) -> dict[int, FormSchema]:
    """What each published version of a form asks, by its key, oldest first."""
    query = sa.select(FormVersion.version_pk, FormVersion.md5)
    rows = session.execute(
        query.where(FormVersion.form_pk == form_pk).order_by(FormVersion.version_pk)
    ).all()
    return {key: _schemas.get((key, md5)) or _read_schema(session, key, md5) for key, md5 in rows}
