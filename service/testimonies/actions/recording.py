"""Each use as it is written down: a row and an entry of the log."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, clock
from service.testimonies.queries import uses
from service.testimonies.terms import Means, Wanted

LONGEST_PLACE = 120


def record(
    session: Session,
    actor: Actor,
    project_id: int,
    use_pk: uuid.UUID,
    wanted: Wanted,
    means: Means,
    whither: str,
    **what: Any,
) -> None:
    """`what`: the columns that say what went out."""
    uses.insert(
        session,
        {
            "project_id": project_id,
            "use_pk": use_pk,
            "medium": wanted.medium.value,
            "audience": wanted.audience.value,
            "naming": wanted.naming.value,
            "means": means.value,
            "whither": whither,
            "used_by": actor.id,
            "used_at": clock.now(),
            **what,
        },
    )
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TESTIMONY_USE,
        subject=use_pk,
        what="used",
        medium=wanted.medium.value,
        means=means.value,
        audience=wanted.audience.value,
        naming=wanted.naming.value,
    )
