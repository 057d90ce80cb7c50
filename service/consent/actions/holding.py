"""Legal holds: asked for by one, agreed to by another. What is held does not go when its period is
over; taken back, it is used by nobody from then on, and erased when the hold ends."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.consent import holds, queries, requests
from service.consent.actions.asking import order_of
from service.consent.actions.erasing import carry_out, today
from service.consent.tables import LegalHold
from service.foundation import audit, clock, ids
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    NOT_ALLOWED,
    NOT_FOUND,
    SECOND_PERSON_NEEDED,
    Problem,
)
from service.intake.queries import erasing as intake

MOST_LISTED = 200


def ask(
    session: Session, actor: Actor, project_id: int, instance_id: str, why: str, until: str
) -> None:
    """Nothing is held until a second person agrees. Raises NOT_FOUND, INVALID_PARAMETER."""
    by = _person(actor, project_id)
    chosen, last = holds.why_of(why), holds.until_of(until, today())
    found = intake.find_instances(session, project_id, instance_id.strip())
    records = {row.record_pk for row in found if not row.is_queued}
    if not records:
        raise Problem(NOT_FOUND)
    for record_pk in sorted(records):  # the same ID in two forms is two records
        hold = LegalHold(
            project_id=project_id,
            hold_pk=ids.new_uuid(),
            record_pk=record_pk,
            why=chosen,
            until=last,
            asked_by=by,
            asked_at=clock.now(),
        )
        session.add(hold)
        _note(session, hold, by, "hold.ask")


def agree(session: Session, actor: Actor, project_id: int, hold_pk: uuid.UUID) -> None:
    """By somebody else than who asked. Raises NOT_FOUND, SECOND_PERSON_NEEDED."""
    by = _person(actor, project_id)
    hold = _open(session, project_id, hold_pk)
    if hold.agreed_at is not None:
        return
    if hold.asked_by == by:
        raise Problem(SECOND_PERSON_NEEDED)
    hold.agreed_by, hold.agreed_at = by, clock.now()
    _note(session, hold, by, "hold.agree")


def end(actor: Actor, project_id: int, hold_pk: uuid.UUID, blobs: LocalBlobs) -> None:
    """Clocks run again, and what was taken back meanwhile is erased now. One is enough for that: it
    is what people were promised. Raises NOT_FOUND."""
    by = _person(actor, project_id)
    with unit_of_work() as session:
        hold = _open(session, project_id, hold_pk)
        hold.ended_by, hold.ended_at = by, clock.now()
        _note(session, hold, by, "hold.end")
    release(project_id, blobs)


def list_all(session: Session, actor: Actor, project_id: int) -> list[LegalHold]:
    policy.demand(actor, Act.RETENTION_READ, project_id)
    return queries.list_holds(session, project_id, MOST_LISTED)


def not_held(
    connection: sa.Connection, project_id: int, record_pks: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Those that may go when their period is over."""
    held = queries.list_held(connection, project_id, record_pks, today())
    return [key for key in record_pks if key not in held]


def release(project_id: int, blobs: LocalBlobs) -> int:
    """Erase what was taken back while it was held, where no hold is in force any more; answers how
    many withdrawals that were. Again is no error."""
    with reading() as session:
        waiting = queries.list_waiting_for_holds(session, project_id)
        free = [row for row in waiting if not _held(session, project_id, row.uses)]
        orders = [(order_of(row, row.actor_id), requests.records_of(row.uses)) for row in free]
    for order, records in orders:
        carry_out(order, records, blobs)
    return len(orders)


def _held(session: Session, project_id: int, uses: dict[str, object]) -> bool:
    return bool(queries.list_held(session, project_id, requests.records_of(uses), today()))


def _person(actor: Actor, project_id: int) -> int:
    """Two people are to be told apart: neither the shell nor a script is one."""
    policy.demand(actor, Act.RETENTION_SET, project_id)
    if actor.id is None:
        raise Problem(NOT_ALLOWED)
    return actor.id


def _open(session: Session, project_id: int, hold_pk: uuid.UUID) -> LegalHold:
    hold = queries.find_hold(session, project_id, hold_pk)
    if hold is None or hold.ended_at is not None or hold.until < today():
        raise Problem(NOT_FOUND)
    return hold


def _note(session: Session, hold: LegalHold, by: int, action: str) -> None:
    audit.record(
        session,
        project_id=hold.project_id,
        actor_id=by,
        action=action,
        subject=hold.record_pk,
        why=hold.why.value,
        until=hold.until.isoformat(),
    )
