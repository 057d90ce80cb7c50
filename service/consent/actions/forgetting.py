"""Entities that no record gave, and that somebody deleted: their keys are destroyed a while later.

What records gave goes with the records. What people typed in, or a file brought, has nobody who
takes it back: to delete it is to erase it, once there was time to put it back.
"""

from __future__ import annotations

import datetime as dt

from service.consent.actions.erasing import Order, finish, finish_later
from service.consent.requests import Reason
from service.consent.withdrawal import Plan
from service.entities.queries import erasing as entities
from service.foundation import audit, clock, crash_points, ids, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import unit_of_work

DELETED_FOR = dt.timedelta(days=30)
"""As long as it can be put back."""
AT_ONCE = 500


def erase_deleted_entities(project_id: int, blobs: LocalBlobs) -> None:
    """Again is no error: what is erased is not found."""
    while (plan := _erase_page(project_id)) is not None:
        crash_points.reached("after_erasure_commit")
        finish(plan, blobs)


def _erase_page(project_id: int) -> Plan | None:
    now = clock.now()
    order = Order(
        project_id=project_id,
        withdrawal_pk=ids.new_uuid(),
        channel="period",
        reason=Reason.PERIOD,
        asked_at=now,
        expires=True,
    )
    with unit_of_work() as session:
        connection = session.connection()
        found = entities.lock_deleted(connection, project_id, now - DELETED_FOR, AT_ONCE)
        if not found:
            return None
        plan = Plan(
            project_id=project_id,
            withdrawal_pk=order.withdrawal_pk,
            digests=[],
            keys=[key for key in found.values() if key is not None],
            blobs=[],
            asked_at=now,
            expires=True,
            is_silent=True,
        )
        keys.current().erasures.append(plan.as_entry())
        entities.erase(connection, project_id, found, now)
        audit.record(
            connection,
            project_id=project_id,
            actor_id=None,
            action="entity.forget",
            subject=project_id,
            entities=len(found),
        )
        finish_later(connection, order)
    return plan
