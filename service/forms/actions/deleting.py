"""A form is deleted, and restored. Nothing of it is erased, and nobody's record is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms import queries
from service.forms.tables import Form
from service.foundation import audit, clock
from service.foundation.problems import ALREADY_EXISTS, NOT_FOUND, Problem


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
    """Undo that: the form is as it was, its state and draft, too. Raises NOT_FOUND, and
    ALREADY_EXISTS where another form has its ID now."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    row = queries.find_deleted(session, project_id, form_pk, lock=True)
    if row is None:
        raise Problem(NOT_FOUND)
    form_id = row.form_id
    if not queries.undelete(session, row):
        raise Problem(ALREADY_EXISTS, what=f"Form “{form_id}”")
    _record(session, actor, row, "form.restore")
    return row


def _record(session: Session, actor: Actor, row: Form, action: str) -> None:
    audit.record(
        session,
        actor_id=actor.id,
        action=action,
        subject=f"form:{row.form_pk}",
        project_id=row.project_id,
    )
