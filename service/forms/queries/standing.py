"""Forms as they are made, published, deleted and brought back; and the keys they are sealed to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.forms.queries.offered import IS_OF_FORM, STANDS, Handle, is_form
from service.forms.states import FormState
from service.forms.tables import EntityList, EntityProperty, Form, FormVersion
from service.foundation import clock
from service.foundation.problems import FORM_DELETED, FORM_UNKNOWN, NOT_FOUND, Problem


def find_form(
    session: Session, project_id: int, form: int | str, *, lock: bool = False
) -> Form | None:
    """A form, in whatever state, that was not deleted; locked until the transaction ends, if
    asked."""
    query = sa.select(Form).where(Form.project_id == project_id, is_form(form), STANDS)
    return session.scalars(query.with_for_update() if lock else query).first()


def find_deleted(
    session: Session, project_id: int, form: int | str, *, lock: bool = False
) -> Form | None:
    """A form that was deleted, the last one of an ID."""
    query = sa.select(Form).where(
        Form.project_id == project_id, is_form(form), Form.deleted_at.is_not(None)
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
    if insert_unless_there(session, new):
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
    if insert_unless_there(session, version):
        return None
    query = sa.select(FormVersion).where(
        FormVersion.form_pk == version.form_pk, FormVersion.version == version.version
    )
    return session.scalars(query).one()


Declared = Form | FormVersion | EntityList | EntityProperty


def insert_unless_there(session: Session, row: Declared) -> bool:
    """The unique constraint decides, not a look beforehand: two people may publish at once."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return False
    return True


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
        .join(Form, IS_OF_FORM)
        .where(
            Form.project_id == project_id,
            FormVersion.key_before.is_not(None),
            FormVersion.published_at >= since,
        )
        .order_by(FormVersion.published_at.desc())
    )
    return [KeyChange(**row._asdict()) for row in session.execute(query)]
