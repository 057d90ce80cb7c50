"""Which forms a phone may fill, form by form."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.queries import assignments as rows
from service.accounts.queries import phones
from service.foundation import audit
from service.foundation.problems import NOT_FOUND, Problem


def assign_form(
    session: Session, actor: Actor, project_id: int, app_user_id: int, form_id: str
) -> None:
    """Let a live phone fill a form, from the commit on. Again is no error, and no entry.
    Raises NOT_FOUND."""
    policy.demand(actor, Act.DEVICE_ASSIGN, project_id)
    phone = _live(session, project_id, app_user_id)
    if phone.all_forms or form_id in phone.form_ids:
        return
    rows.insert_form(session, app_user_id, form_id)
    _record(session, actor, project_id, "device.assign", app_user_id)


def unassign_form(
    session: Session,
    actor: Actor,
    project_id: int,
    app_user_id: int,
    form_id: str,
    all_forms: Collection[str],
) -> None:
    """Take a form from a phone. One that had all of the project's (`all_forms`) keeps the others,
    and no longer gets later ones. Raises NOT_FOUND, also where it did not have that form."""
    policy.demand(actor, Act.DEVICE_ASSIGN, project_id)
    phone = _live(session, project_id, app_user_id)
    others = set(all_forms) - {form_id}
    is_first = phone.all_forms and rows.limit_to(session, app_user_id, others)
    if not is_first and not rows.delete_form(session, app_user_id, form_id):
        raise Problem(NOT_FOUND)
    _record(session, actor, project_id, "device.unassign", app_user_id)


def _live(session: Session, project_id: int, app_user_id: int) -> phones.AppUserRow:
    found = phones.find_app_user(session, project_id, app_user_id)
    if found is None or found.revoked_at is not None:
        raise Problem(NOT_FOUND)
    return found


def _record(session: Session, actor: Actor, project_id: int, action: str, app_user_id: int) -> None:
    audit.record(
        session, project_id=project_id, actor_id=actor.id, action=action, subject=app_user_id
    )
