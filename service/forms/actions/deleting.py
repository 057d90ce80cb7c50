"""A form is deleted, and restored. Nothing of it is erased, and nobody's record is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms import queries
from service.forms.sealed_forms import NONE
from service.forms.tables import Form
from service.foundation import audit, clock
from service.foundation.problems import (
    ALREADY_EXISTS,
    KEY_NOT_CONFIRMED,
    NOT_FOUND,
    Problem,
)


def delete_form(session: Session, actor: Actor, project_id: int, form: int | str) -> Form:
    """Tell no phone and no program of a form any more, from the commit on. Its records stay what
    they are: counted, kept for as long as others, taken back by whoever they speak of; and those
    that phones still have come in. Raises FORM_UNKNOWN."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    row = queries.get_form(session, project_id, form, lock=True)
    row.deleted_at = clock.now()
    _record(session, actor, row, "form.delete")
    return row


def restore_form(session: Session, actor: Actor, project_id: int, form_pk: int) -> Form:
    """Undo that: the form is as it was, its state and draft, too. Raises NOT_FOUND;
    ALREADY_EXISTS where another form has its ID now, KEY_NOT_CONFIRMED where another had it since,
    with another key."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    row = queries.find_deleted(session, project_id, form_pk, lock=True)
    if row is None:
        raise Problem(NOT_FOUND)
    form_id = row.form_id
    _demand_same_key(session, row)
    if not queries.undelete(session, row):
        raise Problem(ALREADY_EXISTS, what=f"Form “{form_id}”")
    _record(session, actor, row, "form.restore")
    return row


def _demand_same_key(session: Session, row: Form) -> None:
    """What phones seal to must not change by this either. Who wants the older form back restores
    the later one, and publishes with the key named."""
    last = queries.find_published_before(session, row)
    if row.current_version_pk is None or last is None or row.deleted_at is None:
        return
    if last.deleted_at is None or last.deleted_at <= row.deleted_at:
        return
    before = queries.fingerprint_offered(session, last) or NONE
    after = queries.fingerprint_offered(session, row) or NONE
    if before != after:
        raise Problem(KEY_NOT_CONFIRMED, form_id=row.form_id, before=before, after=after)


def _record(session: Session, actor: Actor, row: Form, action: str) -> None:
    audit.record(
        session,
        actor_id=actor.id,
        action=action,
        subject=f"form:{row.form_pk}",
        project_id=row.project_id,
    )
