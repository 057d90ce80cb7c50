"""What people told goes before their records do, where a project says so: words, pictures, voices.

Names stay, and the coded answers that the person lets count. Killed anywhere, it is finished as a
withdrawal is: its keys are on the list of erasures, which is read before the first answer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from service.consent import queries
from service.consent.actions import holding
from service.consent.actions.erasing import Order, finish, finish_later
from service.consent.requests import Reason
from service.consent.withdrawal import Plan
from service.foundation import audit, clock, crash_points, ids, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.actions.receipts import reproject
from service.intake.queries import ageing, told
from service.testimonies import actions as testimonies

AT_ONCE = 200


def erase_told(
    project_id: int, before: dt.datetime, blobs: LocalBlobs, is_enough: Callable[[], bool]
) -> bool:
    """Of records of which nothing came since that moment. False if it stopped before the end; again
    is no error: what is gone is not found."""
    return all(_walk(walk, project_id, before, blobs, is_enough) for walk in ageing.WALKS)


def _walk(
    walk: Callable[..., ageing.Page],
    project_id: int,
    before: dt.datetime,
    blobs: LocalBlobs,
    is_enough: Callable[[], bool],
) -> bool:
    after: ageing.Place | None = None
    while True:
        with reading() as session:
            page = walk(session, project_id, before, after, AT_ONCE)
            left = _with_something(session, project_id, page.keys) if page.keys else []
        if left and is_enough():
            return False
        if left:
            _erase_page(project_id, left, before, blobs)
        if page.after is None:
            return True
        after = page.after


def _with_something(
    session: Session, project_id: int, record_pks: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Those of these records of which something that was told is left, or a text made of it."""
    found = set(told.with_something(session, project_id, record_pks))
    found |= testimonies.records_with_texts(session, project_id, record_pks)
    return sorted(found)


def _erase_page(
    project_id: int, record_pks: Sequence[uuid.UUID], before: dt.datetime, blobs: LocalBlobs
) -> None:
    order = Order(
        project_id=project_id,
        withdrawal_pk=ids.new_uuid(),
        channel="period",
        reason=Reason.PERIOD,
        asked_at=clock.now(),
        expires=True,
    )
    with unit_of_work() as session:
        connection = session.connection()
        free = holding.not_held(connection, project_id, record_pks)
        rows = ageing.list_over(connection, project_id, free, before)
        if not rows:
            return
        versions = [row.submission_pk for row in rows]
        records = {row.record_pk for row in rows}
        held = told.find(connection, project_id, versions)
        plan = Plan(
            project_id=project_id,
            withdrawal_pk=order.withdrawal_pk,
            digests=[],
            keys=[*held.keys, *testimonies.keys_of(connection, project_id, records)],
            blobs=held.blobs,
            asked_at=order.asked_at,
            expires=True,
        )
        keys.current().erasures.append(plan.as_entry())
        told.erase(connection, project_id, versions)
        testimonies.strike(connection, project_id, records, order.withdrawal_pk)
        for row in rows:
            if row.is_current:  # a fact may say that there is a recording
                reproject(connection, project_id, row.submission_pk)
        queries.insert_withdrawal(connection, {**order.row(), "instances": len(rows)})
        audit.record(
            connection,
            project_id=project_id,
            actor_id=None,
            action="retention.erase",
            subject=order.withdrawal_pk,
            channel=order.channel,
            told=len(rows),
        )
        finish_later(connection, order)
    crash_points.reached("after_erasure_commit")
    # Not on the list: a backup of before is of whole records, and may be put back.
    keys.current().destroy(project_id, held.replaced)
    finish(plan, blobs)
