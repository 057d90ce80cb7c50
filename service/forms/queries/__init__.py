"""Every SQL statement about forms.

Where a form, version or file is asked for, a number is our key and a text is the name that the
form itself uses.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.forms import xform
from service.forms.nearest import nearest
from service.forms.schema import FormSchema
from service.forms.states import FormState
from service.forms.tables import (
    EntityList,
    EntityProperty,
    Form,
    FormFile,
    FormVersion,
    WantedList,
)
from service.foundation import clock
from service.foundation.db import look, reading
from service.foundation.prepared import Prepared
from service.foundation.problems import FORM_DELETED, FORM_UNKNOWN, NOT_FOUND, Problem

Handle = Session | sa.Connection


# --- on the way of every submission -------------------------------------------------------------
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


# --- what phones are offered --------------------------------------------------------------------
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
    """Or entity lists, which phones fetch as files."""


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
    ).label("has_files"),
)
_IS_CURRENT = FormVersion.version_pk == Form.current_version_pk
_IS_OF_FORM = FormVersion.form_pk == Form.form_pk
_STANDS = Form.deleted_at.is_(None)


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
        .join(FormVersion, _IS_OF_FORM if all_versions else _IS_CURRENT)
        .where(Form.project_id == project_id, _STANDS, Form.state == FormState.OPEN)
    )
    if form_ids is not None:
        query = query.where(Form.form_id.in_(form_ids))
    return _in_order(OfferedForm(**row._asdict()) for row in session.execute(query))


def list_forms(session: Handle, project_id: int) -> list[OfferedForm]:
    """All forms in whatever state, in the version that phones are offered, or would be; none that
    was deleted."""
    query = sa.select(*_OFFERED).join(FormVersion, _IS_CURRENT)
    rows = session.execute(query.where(Form.project_id == project_id, _STANDS))
    return _in_order(OfferedForm(**row._asdict()) for row in rows)


def count_forms(session: Session, project_ids: Collection[int]) -> dict[int, int]:
    """Forms of these projects, drafts that were never published included."""
    query = sa.select(Form.project_id, sa.func.count()).where(
        Form.project_id.in_(project_ids), _STANDS
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
        .join(FormVersion, _IS_CURRENT)
        .where(Form.project_id == project_id, sa.true() if even_deleted else _STANDS)
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
        .join(FormVersion, _IS_CURRENT if is_current else _IS_OF_FORM)
        .where(Form.project_id == project_id, _is_form(form))
        .order_by(Form.deleted_at.is_not(None), Form.form_pk.desc())
    )
    if not even_deleted:
        query = query.where(_STANDS)
    if isinstance(version, int):
        query = query.where(FormVersion.version_pk == version)
    elif version is not None:
        query = query.where(FormVersion.version == version)
    row = session.execute(query).first()
    return None if row is None else OfferedForm(**row._asdict())


def _is_form(form: int | str) -> sa.ColumnElement[bool]:
    return Form.form_pk == form if isinstance(form, int) else Form.form_id == form


def get_xml(session: Handle, version_pk: int) -> bytes:
    """The bytes of a version, as published."""
    query = sa.select(FormVersion.xml).where(FormVersion.version_pk == version_pk)
    return bytes(session.execute(query).scalar_one())


def find_source(session: Handle, version_pk: int) -> str | None:
    """The blob of the workbook that a version was made from."""
    query = sa.select(FormVersion.source_sha256).where(FormVersion.version_pk == version_pk)
    return session.execute(query).scalar_one()


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
    .join(Form, _IS_OF_FORM)
)


def list_files(session: Handle, version_pk: int) -> list[OfferedFile]:
    """Files of a version, by name."""
    query = _FILES.where(FormFile.version_pk == version_pk).order_by(FormFile.name)
    return [OfferedFile(**row._asdict()) for row in session.execute(query)]


def find_file(
    session: Handle, project_id: int, form: int | str, file: int | str
) -> OfferedFile | None:
    """A file by its key, of any version of the form; or by its name, in the version offered."""
    query = _FILES.where(Form.project_id == project_id, _is_form(form), _STANDS)
    if isinstance(file, int):
        query = query.where(FormFile.file_pk == file)
    else:
        query = query.where(FormFile.name == file, _IS_CURRENT)
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


# --- what a form means --------------------------------------------------------------------------
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
    rows = session.execute(query.join(FormVersion, _IS_CURRENT).where(Form.form_pk.in_(left)))
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


# --- keys of sealed forms -----------------------------------------------------------------------
def find_published_before(session: Session, form: Form) -> Form | None:
    """The deleted form that had this one's ID last, and was offered to phones: one that takes its
    place, or its ID, is held to its key."""
    query = sa.select(Form).where(
        Form.project_id == form.project_id,
        Form.form_id == form.form_id,
        Form.form_pk != form.form_pk,
        Form.deleted_at.is_not(None),
        Form.current_version_pk.is_not(None),
    )
    return session.scalars(query.order_by(Form.deleted_at.desc(), Form.form_pk.desc())).first()


def fingerprint_offered(session: Handle, form: Form) -> str | None:
    """Of the key of the version that phones are offered; None where it is not sealed."""
    query = sa.select(FormVersion.key_fingerprint)
    return session.execute(
        query.where(FormVersion.version_pk == form.current_version_pk)
    ).scalar_one_or_none()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """A published version whose key was not that of the version before."""

    form_id: str
    title: str
    version: str
    published_at: dt.datetime
    before: str
    """Fingerprint, or "none"."""
    after: str | None


def list_key_changes(session: Handle, project_id: int, since: dt.datetime) -> list[KeyChange]:
    """Changes of keys since then, newest first."""
    query = (
        sa.select(
            Form.form_id,
            FormVersion.title,
            FormVersion.version,
            FormVersion.published_at,
            FormVersion.key_before.label("before"),
            FormVersion.key_fingerprint.label("after"),
        )
        .join(Form, _IS_OF_FORM)
        .where(
            Form.project_id == project_id,
            FormVersion.key_before.is_not(None),
            FormVersion.published_at >= since,
        )
        .order_by(FormVersion.published_at.desc())
    )
    return [KeyChange(**row._asdict()) for row in session.execute(query)]


# --- publishing ---------------------------------------------------------------------------------
def find_form(
    session: Session, project_id: int, form: int | str, *, lock: bool = False
) -> Form | None:
    """A form, in whatever state, that was not deleted; locked until the transaction ends, if
    asked."""
    query = sa.select(Form).where(Form.project_id == project_id, _is_form(form), _STANDS)
    return session.scalars(query.with_for_update() if lock else query).first()


def find_deleted(
    session: Session, project_id: int, form: int | str, *, lock: bool = False
) -> Form | None:
    """A form that was deleted, the last one of an ID."""
    query = sa.select(Form).where(
        Form.project_id == project_id, _is_form(form), Form.deleted_at.is_not(None)
    )
    query = query.order_by(Form.form_pk.desc())
    return session.scalars(query.with_for_update() if lock else query).first()


def get_form(session: Session, project_id: int, form: int | str, *, lock: bool = False) -> Form:
    """The same, or Problem(FORM_UNKNOWN)."""
    found = find_form(session, project_id, form, lock=lock)
    if found is None:
        raise Problem(FORM_UNKNOWN, form_id=str(form)[:80])
    return found


def get_or_insert_form(
    session: Session, project_id: int, form_id: str, *, anew: bool = False
) -> Form:
    """The form of that ID, made if it is new and locked until the transaction ends. Raises
    FORM_DELETED where there was one, and nobody said that another shall have its ID (`anew`)."""
    if not anew and is_deleted(session, project_id, form_id):
        raise Problem(FORM_DELETED, form_id=form_id[:80])
    new = Form(project_id=project_id, form_id=form_id, state=FormState.OPEN, created_at=clock.now())
    if _insert_unless_there(session, new):
        return new
    found = find_form(session, project_id, form_id, lock=True)
    if found is None:  # the constraint that refused it was the one on the project
        raise Problem(NOT_FOUND)
    return found


def is_deleted(session: Session, project_id: int, form_id: str) -> bool:
    """Whether a form had that ID, and none has it now."""
    stands = find_form(session, project_id, form_id) is not None
    return not stands and find_deleted(session, project_id, form_id) is not None


def undelete(session: Session, form: Form) -> bool:
    """False where another form has its ID now."""
    try:
        with session.begin_nested():
            form.deleted_at = None
            session.flush()
    except IntegrityError:
        return False
    return True


def insert_version(session: Session, version: FormVersion) -> FormVersion | None:
    """None if it is in now; else the one that was there before, which stays as it is."""
    if _insert_unless_there(session, version):
        return None
    query = sa.select(FormVersion).where(
        FormVersion.form_pk == version.form_pk, FormVersion.version == version.version
    )
    return session.scalars(query).one()


Declared = Form | FormVersion | EntityList | EntityProperty


def _insert_unless_there(session: Session, row: Declared) -> bool:
    """The unique constraint decides, not a look beforehand: two people may publish at once."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return False
    return True


# --- entity lists that forms declare ------------------------------------------------------------
def find_list(session: Session, project_id: int, which: int | str) -> EntityList | None:
    """A list by our key or its name, capitals aside."""
    by = EntityList.list_pk == which
    if isinstance(which, str):
        by = EntityList.name_key == which.casefold()
    query = sa.select(EntityList).where(EntityList.project_id == project_id, by)
    return session.scalars(query).first()


def insert_files(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Files of a version, however many, by one statement."""
    held = [dict(row) for row in rows]
    if held:
        session.execute(sa.insert(FormFile), held)


def list_lists(session: Session, project_id: int) -> list[EntityList]:
    """All lists of a project, by name."""
    query = sa.select(EntityList).where(EntityList.project_id == project_id)
    return sorted(session.scalars(query), key=lambda one: one.name_key)


def get_or_insert_list(session: Session, new: EntityList) -> EntityList:
    """That one, or the one that has its name, capitals aside."""
    found = find_list(session, new.project_id, new.name)
    if found is not None or _insert_unless_there(session, new):
        return found or new
    return session.scalars(
        sa.select(EntityList).where(
            EntityList.project_id == new.project_id, EntityList.name_key == new.name_key
        )
    ).one()


def list_properties(session: Session, list_pk: int) -> list[EntityProperty]:
    """In the order in which they came to be."""
    query = sa.select(EntityProperty).where(EntityProperty.list_pk == list_pk)
    return list(session.scalars(query.order_by(EntityProperty.property_pk)))


def insert_property(session: Session, list_pk: int, name: str) -> bool:
    """False where the list has one of that name, capitals aside."""
    new = EntityProperty(
        list_pk=list_pk, name=name, name_key=name.casefold(), created_at=clock.now()
    )
    return _insert_unless_there(session, new)
