"""A phone gets a new code, and perhaps comes into other hands: may it still hold what it held?"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from service.accounts import actions as accounts
from service.accounts import policy
from service.accounts.actions import NewAppUser
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities.queries import holders
from service.foundation import audit


def renew_phone(
    session: Session,
    actor: Actor,
    project_id: int,
    app_user_id: int,
    life: dt.timedelta = accounts.DEVICE_LIFE,
    digest_realm: str | None = None,
    was: str | None = None,
) -> NewAppUser:
    """As `accounts.renew_app_user`. Whoever may not let a phone hold lists that name people (an
    administrator) makes no code that opens some: the permissions of the phone end, until a
    coordinator gives them anew."""
    made = accounts.renew_app_user(session, actor, project_id, app_user_id, life, digest_realm, was)
    if not policy.may(actor, Act.LIST_ALLOW, project_id):
        for list_pk in holders.end_at_renewal(session, project_id, app_user_id):
            audit.record(
                session,
                actor_id=actor.id,
                action="entity_list.end_phone",
                subject=f"entity-list:{list_pk}",
                project_id=project_id,
                phone=app_user_id,
            )
    return made
