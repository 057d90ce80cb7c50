"""Who says on the form that nothing is to be kept is counted as a refusal, and the record goes, by
the same erasing as when a period is over. What comes of it again is answered, and kept nowhere."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from service.consent.actions.erasing import Order, finish, plan_for, take_away
from service.consent.requests import Reason
from service.facts import queries as fact_queries
from service.foundation import clock, crash_points, ids
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.queries import erasing as intake

REFUSED = "refused"
"""The channel."""


def erase_refused(project_id: int, keys: Sequence[uuid.UUID], blobs: LocalBlobs) -> None:
    """After the facts were computed. A record beside which copies or edits wait, which may say yes,
    is left to a person."""
    with reading() as session:
        found = fact_queries.list_refused(session.connection(), project_id, keys)
    if not found:
        return
    order = Order(
        project_id=project_id,
        withdrawal_pk=ids.new_uuid(),
        channel=REFUSED,
        reason=Reason.REFUSED,
        asked_at=clock.now(),
        expires=True,
    )
    with unit_of_work() as session:
        connection = session.connection()
        hanging = [intake.list_hanging(connection, project_id, [key]) for key in found]
        rows = [one for each in hanging if len(each) == 1 for one in each if one.is_current]
        if not rows:
            return
        plan = plan_for(connection, order, rows)
        take_away(connection, order, plan, rows, {})
    crash_points.reached("after_erasure_commit")
    finish(plan, blobs)
