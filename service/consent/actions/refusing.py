"""Who refused that the record be kept: nothing of it is, but the refusal, to be counted.

The refusal itself is a fact of projection; the rest goes by the erasing of a period that is over,
and what a phone sends again is known by its stand-in. An edit that refuses takes back what was
acknowledged, and a phone may have been taken: a coordinator looks first, as with a script's wish.
So does a copy that waits: whether it speaks of the people of the record, a person has to say.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from service.consent.actions.asking import wait_for_coordinator
from service.consent.actions.erasing import Order, finish, finish_later, plan_for, strike
from service.consent.requests import Reason
from service.consent.withdrawal import Plan
from service.facts import queries as facts
from service.facts.actions import list_refusing
from service.foundation import audit, clock, crash_points, ids, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.queries import copies
from service.intake.queries import erasing as intake
from service.intake.queries.erasing import Row
from service.intake.queries.receiving import instance_digest


def erase_refused(project_id: int, submission_pks: Sequence[uuid.UUID], blobs: LocalBlobs) -> None:
    """Of those among these that refuse. Again is no error: what is erased is not current."""
    with reading() as session:
        refused = facts.list_refusals(session.connection(), project_id, submission_pks)
        rows = intake.find_rows(session, project_id, refused) if refused else []
    for row in rows:
        if row.is_current:
            plan = _erase_alone(row)
            if plan is None:
                _ask(row)
            else:
                crash_points.reached("after_erasure_commit")
                finish(plan, blobs)
    _ask_of_copies(project_id, submission_pks)


def _order(row: Row, withdrawal_pk: uuid.UUID) -> Order:
    return Order(
        project_id=row.project_id,
        withdrawal_pk=withdrawal_pk,
        channel="record",
        reason=Reason.OTHER,
        asked_at=clock.now(),
        actor_id=row.submitter_id,
        expires=True,
    )


def _erase_alone(row: Row) -> Plan | None:
    """None where anything else hangs on it. It is no withdrawal: there was nothing to take back."""
    order = _order(row, ids.new_uuid())
    with unit_of_work() as session:
        connection = session.connection()
        rows = intake.list_hanging(connection, row.project_id, [row.record_pk])
        if [one.submission_pk for one in rows] != [row.record_pk]:
            return None
        plan = plan_for(connection, order, rows, is_silent=True)
        keys.current().erasures.append(plan.as_entry())
        crash_points.reached("after_erasure_listed")
        strike(connection, plan, rows)
        audit.record(
            connection,
            project_id=row.project_id,
            actor_id=None,
            action="consent.refuse",
            subject=row.submission_pk,
        )
        finish_later(connection, order)
    return plan


def _ask(row: Row, *others: uuid.UUID) -> None:
    """Once: by the key of the version that refuses. `others`: records besides its own."""
    wait_for_coordinator(_order(row, row.submission_pk), {row.record_pk, *others})


def _ask_of_copies(project_id: int, submission_pks: Sequence[uuid.UUID]) -> None:
    """Of those among these that wait and refuse, with the record that each names."""
    with reading() as session:
        waiting = copies.list_waiting(session, project_id, submission_pks)
        refusing = list_refusing(session, project_id, waiting) if waiting else []
        rows = intake.find_rows(session, project_id, refusing) if refusing else []
        named = {row.submission_pk: _named_by(session, row) for row in rows}
    for row in rows:
        _ask(row, *named[row.submission_pk])


def _named_by(session: Session, copy: Row) -> set[uuid.UUID]:
    """The record that it edits or contradicts, if it is here."""
    told = copies.find_copy(session, copy.project_id, copy.submission_pk)
    if told is None:
        return set()
    digest = instance_digest(copy.project_id, copy.form_pk, told.names)
    found = intake.find_by_digest(session, copy.project_id, [digest])
    return {row.record_pk for row in found if not row.is_queued}
