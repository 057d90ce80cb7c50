"""Phones: enrolled for a project, ended at once."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import credentials, policy, queries
from service.accounts.actions.projects import get_project
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.tables import ActorKind, AppUser, AppUserForm
from service.foundation import audit, clock
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem

DEVICE_LIFE = dt.timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class NewAppUser:
    """A phone just made. The token is shown once and kept nowhere."""

    id: int
    token: str = field(repr=False)


def create_app_user(
    session: Session, actor: Actor, project_id: int, name: str, form_ids: Sequence[str] | None
) -> NewAppUser:
    """Enrol a phone for some forms, or (None) for all forms of the project, later ones too."""
    policy.demand(actor, Act.DEVICE_MANAGE, project_id)
    label = unicodedata.normalize("NFC", name).strip()
    if not label or len(label) > 120:
        raise Problem(INVALID_PARAMETER, name="name", reason="1–120 characters")
    get_project(session, project_id)
    token = credentials.new_device_token()
    now = clock.now()
    app_user_id = queries.insert_actor(session, ActorKind.APP_USER, label, now)
    session.add(
        AppUser(
            id=app_user_id,
            project_id=project_id,
            token_sha256=credentials.token_sha256(token),
            all_forms=form_ids is None,
            created_by=actor.id,
            expires_at=now + DEVICE_LIFE,
        )
    )
    session.flush()
    session.add_all(
        AppUserForm(app_user_id=app_user_id, form_id=form_id) for form_id in set(form_ids or ())
    )
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="device.create",
        subject=app_user_id,
    )
    return NewAppUser(id=app_user_id, token=token)


def revoke_app_user(session: Session, actor: Actor, project_id: int, app_user_id: int) -> None:
    """End a phone's access, from its next request on. Again is no error. Raises NOT_FOUND."""
    policy.demand(actor, Act.DEVICE_MANAGE, project_id)
    row = session.get(AppUser, app_user_id)
    if row is None or row.project_id != project_id:
        raise Problem(NOT_FOUND)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action="device.revoke",
            subject=app_user_id,
        )
