"""Erasing and narrowing, once it is decided: in an order that a kill anywhere leaves finishable."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from service.cases import actions as cases
from service.consent import queries, requests
from service.consent.actions.overwriting import overwrite_later
from service.consent.actions.using import uses_of
from service.consent.requests import Reason, Status
from service.consent.withdrawal import Plan
from service.entities.queries import erasing as entities
from service.facts import queries as fact_queries
from service.facts.circumstances import PHNOM_PENH
from service.facts.codes import CONSENT_SCOPE
from service.facts.scopes import bits
from service.foundation import audit, clock, crash_points, job_queue, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, truncate_log, unit_of_work
from service.intake.actions.receipts import reproject
from service.intake.queries import erasing as intake
from service.intake.queries.erasing import Row
from service.persons.queries import mentions
from service.testimonies import actions as testimonies
from service.treaty import actions as treaty

STRUCK = "consent.struck"
"""The event after which rooms above forget what they keep of records, in the next moment."""
ERASED = "consent.erased"
"""The event after which what a kill left is finished (`jobs/handlers.py`)."""
FINISH_AFTER_S = 10.0
COMMITTED_WITHIN = dt.timedelta(seconds=10)
"""After the last statement of what takes away; `finish` knows better where it comes by."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """A withdrawal that was decided."""

    project_id: int
    withdrawal_pk: uuid.UUID
    channel: str
    reason: Reason
    asked_at: dt.datetime
    actor_id: int | None = None
    scopes: frozenset[str] = frozenset()
    ends_on: dt.date | None = None
    """The last day of those scopes; None: they end at once."""
    expires: bool = False
    """Nobody asked for it: its period is over, and what may be counted stays."""

    def row(self) -> dict[str, Any]:
        return {
            "project_id": self.project_id,
            "withdrawal_pk": self.withdrawal_pk,
            "channel": self.channel,
            "reason": self.reason,
            "asked_at": self.asked_at,
            "actor_id": self.actor_id,
            "scopes": bits(self.scopes),
            "ends_on": self.ends_on,
            "state": Status.ERASING,
        }


def today() -> dt.date:
    """By the clock of the people who are asked."""
    return clock.now().astimezone(PHNOM_PENH).date()


def carry_out(order: Order, record_pks: Collection[uuid.UUID], blobs: LocalBlobs) -> Status:
    """Erase these records, or narrow what they may be used for; answers how far it is."""
    if order.scopes:
        return _narrow(order, record_pks)
    with reading() as session:
        held = queries.list_held(session, order.project_id, record_pks, today())
    free = [key for key in record_pks if key not in held]
    status = _erase_free(order, free, blobs) if free or not held else Status.HELD
    return _hide(order, held) if held else status


def _erase_free(order: Order, record_pks: Collection[uuid.UUID], blobs: LocalBlobs) -> Status:
    plan = _erase(order, record_pks)
    crash_points.reached("after_erasure_commit")
    return finish(plan, blobs)


def _erase(order: Order, record_pks: Collection[uuid.UUID]) -> Plan:
    uses = uses_of(order.project_id, record_pks)
    with unit_of_work() as session:
        connection = session.connection()
        rows = intake.list_hanging(connection, order.project_id, record_pks)
        plan = plan_for(connection, order, rows)
        take_away(connection, order, plan, rows, uses)
    return plan


def take_away(
    connection: sa.Connection,
    order: Order,
    plan: Plan,
    rows: Sequence[Row],
    uses: Mapping[str, Any],
) -> None:
    """List, strike and write down, in the caller's transaction; `finish` comes after its commit."""
    if rows:
        keys.current().erasures.append(plan.as_entry())
    crash_points.reached("after_erasure_listed")
    strike(connection, plan, rows)
    _note(connection, order, rows, uses)
    audit.record(
        connection,
        project_id=order.project_id,
        actor_id=order.actor_id,
        action="retention.erase" if order.expires else "consent.withdraw",
        subject=order.withdrawal_pk,
        channel=order.channel,
        reason=order.reason.value,
        instances=len(rows),
    )
    finish_later(connection, order)


def finish_later(connection: sa.Connection, order: Order) -> None:
    """A job does what a kill keeps this process from; another, at once, lets rooms above forget."""
    job_queue.enqueue(
        connection, project_id=order.project_id, event=STRUCK, subject=order.withdrawal_pk
    )
    job_queue.enqueue(
        connection,
        project_id=order.project_id,
        event=ERASED,
        subject=order.withdrawal_pk,
        after_s=FINISH_AFTER_S,
    )


def plan_for(
    connection: sa.Connection, order: Order, rows: Sequence[Row], *, is_silent: bool = False
) -> Plan:
    """What hangs on these rows, whoever erases them."""
    held = [row.submission_pk for row in rows]
    key_pks, blob_names = intake.what_is_held(connection, order.project_id, held)
    records = {row.record_pk for row in rows}
    of_lists = entities.keys_of(connection, order.project_id, records, expires=order.expires)
    of_texts = testimonies.keys_of(connection, order.project_id, records)
    key_pks = sorted({*key_pks, *of_lists, *of_texts})
    return Plan(
        project_id=order.project_id,
        withdrawal_pk=order.withdrawal_pk,
        digests=list(dict.fromkeys(bytes(row.instance_digest) for row in rows)),
        keys=key_pks,
        blobs=blob_names,
        asked_at=order.asked_at,
        expires=order.expires,
        is_silent=is_silent,
    )


def strike(connection: sa.Connection, plan: Plan, rows: Sequence[Row]) -> None:
    """Take coded rows, XML and rows of files away; leave tombstones. Of what was kept for long
    enough, coded rows that may be counted stay."""
    held = [row.submission_pk for row in rows]
    if plan.expires:
        fact_queries.keep_counted(connection, plan.project_id, held, today())
    else:
        fact_queries.delete_facts(connection, [(plan.project_id, key) for key in held])
        fact_queries.forget_codes(connection, plan.project_id, held)
    records = {row.record_pk for row in rows}
    mentions.forget(connection, plan.project_id, records)
    entities.erase_of_records(
        connection, plan.project_id, records, clock.now(), expires=plan.expires
    )
    treaty.strike(connection, plan.project_id, records, expires=plan.expires)
    cases.strike(connection, plan.project_id, records)
    testimonies.strike(connection, plan.project_id, records, plan.withdrawal_pk)
    intake.erase(connection, plan.project_id, rows, clock.now(), expires=plan.expires)


def finish(plan: Plan, blobs: LocalBlobs) -> Status:
    """Destroy the keys, then the files, then what the log still holds. Again is no error."""
    with unit_of_work() as session:
        queries.note_gone(session, plan.project_id, plan.withdrawal_pk, clock.now())
    keys.current().destroy(plan.project_id, plan.keys)
    crash_points.reached("after_keys_destroyed")
    for name in plan.blobs:
        blobs.remove(name)
    crash_points.reached("after_blobs_removed")
    if not (keys.current().database.truncate_log() and truncate_log()):
        return Status.ERASING  # somebody reads; the job empties the log later
    with unit_of_work() as session:
        queries.mark_done(session, plan.project_id, plan.withdrawal_pk, clock.now())
        overwrite_later(session, plan.project_id, plan.withdrawal_pk)
    return Status.DONE


def _note(
    connection: sa.Connection, order: Order, rows: Sequence[Row], uses: Mapping[str, Any]
) -> None:
    """The withdrawal's own row: new, or one that waited for its record."""
    first = min((row.received_at for row in rows), default=None)
    known = {
        "uses": dict(uses),
        "first_received_on": first.astimezone(PHNOM_PENH).date() if first else None,
    }
    queries.insert_withdrawal(connection, order.row())
    queries.add_instances(
        connection,
        order.project_id,
        order.withdrawal_pk,
        len(rows),
        state=Status.ERASING,
        gone_at=clock.now() + COMMITTED_WITHIN,
        **(known if rows else {}),
    )


def _hide(order: Order, record_pks: Collection[uuid.UUID]) -> Status:
    """Records under a legal hold: every use ends in this transaction, keeping them within the team
    too; they are erased when the hold ends (`holding.release`)."""
    everything = replace(order, scopes=frozenset(CONSENT_SCOPE))
    waiting = {requests.RECORDS: sorted(key.hex for key in record_pks)}
    with unit_of_work() as session:
        connection = session.connection()
        rows = intake.list_hanging(connection, order.project_id, record_pks)
        keys.current().erasures.append(_narrowing_entry(everything, rows))
        crash_points.reached("after_narrowing_listed")
        narrow_rows(connection, everything, rows, today())
        queries.insert_withdrawal(connection, order.row())
        queries.update_withdrawal(
            connection, order.project_id, order.withdrawal_pk, state=Status.HELD, uses=waiting
        )
        audit.record(
            connection,
            project_id=order.project_id,
            actor_id=order.actor_id,
            action="consent.hide",
            subject=order.withdrawal_pk,
            instances=len(rows),
        )
    return Status.HELD


# --- narrowing ----------------------------------------------------------------------------------
def _narrow(order: Order, record_pks: Collection[uuid.UUID]) -> Status:
    """Some uses are taken back; the record stays, and the gate denies them from now on."""
    uses = uses_of(order.project_id, record_pks)
    with unit_of_work() as session:
        connection = session.connection()
        rows = intake.list_hanging(connection, order.project_id, record_pks)
        keys.current().erasures.append(_narrowing_entry(order, rows))
        crash_points.reached("after_narrowing_listed")
        narrow_rows(connection, order, rows, today())
        _note(connection, order, rows, uses)
        queries.update_withdrawal(
            connection,
            order.project_id,
            order.withdrawal_pk,
            state=Status.DONE,
            done_at=clock.now(),
            last_done_at=clock.now(),
        )
        audit.record(
            connection,
            project_id=order.project_id,
            actor_id=order.actor_id,
            action="consent.narrow",
            subject=order.withdrawal_pk,
            scopes=sorted(order.scopes),
            instances=len(rows),
        )
    crash_points.reached("after_narrowing_commit")
    with unit_of_work() as session:
        queries.note_gone(session, order.project_id, order.withdrawal_pk, clock.now())
    return Status.DONE


def narrow_rows(connection: sa.Connection, order: Order, rows: Sequence[Row], on: dt.date) -> None:
    """Deny what was taken back of these rows' records in this transaction, and have their facts
    computed again after it: by then a consent given later, or facts that a rebuild put back
    meanwhile (PostgreSQL), are as they should be."""
    project_id = order.project_id
    for record_pk in sorted({row.record_pk for row in rows}):
        fact_queries.narrow(
            connection, project_id, record_pk, order.withdrawal_pk, order.scopes, on, order.ends_on
        )
    held = [(project_id, row.submission_pk) for row in rows]
    if order.ends_on is None:
        fact_queries.deny(connection, held, order.scopes)
    else:
        fact_queries.end(connection, held, order.ends_on)
    records = {row.record_pk for row in rows}
    entities.touch_of_records(connection, project_id, records)
    if order.ends_on is None:
        testimonies.narrow(connection, project_id, records, order.withdrawal_pk, order.scopes)
        if "stats" in order.scopes:
            treaty.take_back(connection, project_id, records)
    for row in rows:
        if row.is_current:
            reproject(connection, project_id, row.submission_pk)


def _narrowing_entry(order: Order, rows: Sequence[Row]) -> Mapping[str, Any]:
    return {
        "what": "narrow",
        "project": order.project_id,
        "withdrawal": order.withdrawal_pk.hex,
        "instances": sorted({bytes(row.instance_digest).hex() for row in rows}),
        "scopes": sorted(order.scopes),
        "on": today().isoformat(),
        "ends_on": order.ends_on and order.ends_on.isoformat(),
        "at": order.asked_at.isoformat(),
    }
