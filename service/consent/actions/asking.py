"""Asking: by the code on the paper, by an advocate or a coordinator for a record."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts import queries as accounts
from service.accounts.actor import Actor, Role
from service.accounts.policy import Act
from service.consent import queries, requests
from service.consent.actions.erasing import Order, carry_out
from service.consent.requests import (
    IN_ALL_AN_HOUR,
    MOST_HELD,
    PER_NETWORK_AN_HOUR,
    Reason,
    Status,
)
from service.consent.tables import Withdrawal
from service.facts import actions as facts
from service.facts import paper_codes
from service.facts import queries as fact_queries
from service.facts.scopes import bits, scopes_of
from service.foundation import audit, clock, ids, keys, throttling
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.intake.queries import erasing as intake


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A withdrawal as whoever asked is told of it."""

    id: uuid.UUID
    status: str
    is_strong: bool = True
    """The code was enough by itself; otherwise it waits for a coordinator."""


RECEIVED = "received"
"""All that whoever types a code is told, whatever stands behind it."""
RECEIVED_NOW = "received_now"
"""The same where too many codes are being given: what is here was taken back, if there is anything;
for what is still on a phone the code is to be given again."""


def ask_by_code(
    project_id: int,
    code: str,
    *,
    network: str,
    blobs: LocalBlobs,
    scopes: Iterable[str] = (),
    actor: Actor | None = None,
) -> Asked:
    """Take back what was given with this paper. The same answer whether or not there is a record:
    nobody learns by it who was visited. `network` stands in for where the code was typed, `actor`
    is who typed it for the person, where that was in the office.

    A code of 60 bits, or of sixteen digits, is enough by itself, and erases records that still
    come, too. A shorter one waits for a coordinator, and digits while very many are tried; given
    again meanwhile, it is the request that waits. A code that a record carries is never refused,
    however many others are tried.

    Raises Problem: INVALID_PARAMETER, NOT_FOUND.
    """
    plain, wanted = paper_codes.plain(code), requests.scopes_of(scopes)
    if len(plain) < SHORTEST:
        raise Problem(INVALID_PARAMETER, name="code", reason=f"{SHORTEST} characters or more")
    pk, now, digest = ids.new_uuid(), clock.now(), facts.code_digest(project_id, plain) or ""
    with unit_of_work() as session:
        if accounts.find_project(session, project_id) is None:
            raise Problem(NOT_FOUND)
        carried = fact_queries.find_by_code(session.connection(), project_id, digest, now)
        if paper_codes.is_mistyped(plain) and not carried:
            raise Problem(INVALID_PARAMETER, name="code", reason="a digit is wrong or missing")
        is_held = actor is not None or _has_room(session, project_id, network)
        is_strong = paper_codes.is_strong(plain) and (is_held or not paper_codes.is_digits(plain))
        asked = Asked(id=pk, status=RECEIVED if is_held else RECEIVED_NOW, is_strong=is_strong)
        if not is_held and not carried:
            return asked
        row = {
            "project_id": project_id,
            "withdrawal_pk": pk,
            "channel": "code",
            "actor_id": actor.id if actor else None,
            "reason": Reason.CODE,
            "asked_at": now,
            "scopes": bits(wanted),
            "state": Status.UNMATCHED if is_strong else Status.WAITING,
            "code_digest": digest,
        }
        asked = _write_down(session, asked, row)
    if is_strong:
        honour(project_id, pk, blobs)
    return asked


def _write_down(session: Session, asked: Asked, row: Mapping[str, Any]) -> Asked:
    """The request; the same one, where it waits already."""
    if queries.insert_withdrawal(session.connection(), row):
        audit.record(
            session,
            project_id=row["project_id"],
            actor_id=row["actor_id"],
            action="consent.ask",
            subject=row["withdrawal_pk"],
        )
        return asked
    waiting = queries.find_waiting(
        session,
        project_id=row["project_id"],
        code_digest=row["code_digest"],
        scopes=row["scopes"],
        actor_id=row["actor_id"],
    )
    return replace(asked, id=waiting or asked.id)


def ask_by_paper(
    project_id: int,
    code_digest: str,
    *,
    blobs: LocalBlobs,
    scopes: Iterable[str] = (),
    ends_on: dt.date | None = None,
) -> Asked:
    """The same of a code that was typed minutes ago, and carried by a record then: nothing of it
    waits. With a day the scopes end after that."""
    pk = ids.new_uuid()
    row = {
        "project_id": project_id,
        "withdrawal_pk": pk,
        "channel": "code",
        "actor_id": None,
        "reason": Reason.CODE,
        "asked_at": clock.now(),
        "scopes": bits(requests.scopes_of(scopes)),
        "ends_on": ends_on,
        "state": Status.UNMATCHED,
        "code_digest": code_digest,
    }
    with unit_of_work() as session:
        asked = _write_down(session, Asked(id=pk, status=RECEIVED), row)
    honour(project_id, pk, blobs)
    return asked


SHORTEST = 4
"""Characters, as the forms of earlier releases asked for."""


def _has_room(session: Session, project_id: int, network: str) -> bool:
    """Whether one more code may be held for a record that has not come. Counts the try."""
    hour = throttling.HOUR
    try:
        throttling.count(session, f"code/{network}", most=PER_NETWORK_AN_HOUR, window=hour)
        throttling.count(session, "code", most=IN_ALL_AN_HOUR, window=hour)
    except Problem:
        return False
    return queries.count_held(session, project_id, MOST_HELD) < MOST_HELD


def honour(project_id: int, withdrawal_pk: uuid.UUID, blobs: LocalBlobs) -> Status | None:
    """Do what a code asked for, to all records that carry it; None if there is none."""
    with reading() as session:
        row = queries.find_withdrawal(session, project_id, withdrawal_pk)
        if row is None or row.code_digest is None:
            return None
        found = fact_queries.find_by_code(
            session.connection(), project_id, row.code_digest, row.asked_at
        )
        records = {one.record_pk for one in intake.find_rows(session, project_id, found)}
        order = order_of(row, row.actor_id)
    if not records:
        return None
    if row.state is Status.UNMATCHED and not order.scopes:
        # Known to be somebody's now: what comes with it after a backup was put back goes, too.
        entry = {"what": "code", "project": project_id, "withdrawal": withdrawal_pk.hex}
        at = row.asked_at.isoformat()
        keys.current().erasures.append({**entry, "code": row.code_digest, "at": at})
    return carry_out(order, records, blobs)


def withdraw_record(
    actor: Actor,
    project_id: int,
    instance_id: str,
    reason: str,
    *,
    blobs: LocalBlobs,
    scopes: Iterable[str] = (),
) -> Asked:
    """Take back a record for the person whom it speaks of: all of it, or some uses. Through a
    script all of it waits for a coordinator: whoever finds a token shall not empty a project.

    Raises Problem: NOT_FOUND for a record that is not there, of which an advocate did not send
    the first version, or that lies outside a coordinator's area; INVALID_PARAMETER without a
    reason.
    """
    policy.demand(actor, Act.CONSENT_WITHDRAW, project_id)
    wanted = requests.scopes_of(scopes)
    if not reason.strip():
        raise Problem(INVALID_PARAMETER, name="reason", reason=", ".join(requests.OFFERED))
    with reading() as session:
        found = intake.find_instances(session, project_id, instance_id.strip())
        records = {row.record_pk for row in found}
        whole = intake.list_hanging(session, project_id, records, lock=False)
    # A copy that only waits takes nobody's record away, nor does an edit.
    first = [row for row in whole if row.submission_pk in records and not row.is_queued] or found
    is_own = requests.is_their_own(actor.id, [row.submitter_id for row in first])
    reach = policy.reach_of(actor, Role.COORDINATOR, project_id)
    if not records or not (is_own or all(reach.holds(row.place) for row in whole)):
        raise Problem(NOT_FOUND)
    order = Order(
        project_id=project_id,
        withdrawal_pk=ids.new_uuid(),
        channel="record",
        reason=requests.reason_of(reason),
        asked_at=clock.now(),
        actor_id=actor.id,
        scopes=wanted,
    )
    if actor.scopes is not None and not wanted:
        return wait_for_coordinator(order, records)
    status = carry_out(order, records, blobs)
    return Asked(id=order.withdrawal_pk, status=status.value)


def wait_for_coordinator(order: Order, record_pks: Iterable[uuid.UUID]) -> Asked:
    """Nothing is erased until one agrees. Asked under the same key again, it waits once."""
    named = {requests.RECORDS: sorted(pk.hex for pk in record_pks)}
    row = {**order.row(), "state": Status.WAITING, "uses": named}
    with unit_of_work() as session:
        if queries.insert_withdrawal(session.connection(), row):
            audit.record(
                session,
                project_id=order.project_id,
                actor_id=order.actor_id,
                action="consent.ask",
                subject=order.withdrawal_pk,
            )
    return Asked(id=order.withdrawal_pk, status=Status.WAITING.value)


def decide(
    actor: Actor, project_id: int, withdrawal_pk: uuid.UUID, *, agree: bool, blobs: LocalBlobs
) -> Asked:
    """A coordinator decides on a code that was too short, or on what a script asked for. Raises
    NOT_FOUND where nothing waits."""
    policy.demand(actor, Act.WITHDRAWAL_DECIDE, project_id)
    to = Status.UNMATCHED if agree else Status.REFUSED
    with unit_of_work() as session:
        row = queries.find_withdrawal(session, project_id, withdrawal_pk)
        if row is None or row.state is not Status.WAITING:
            raise Problem(NOT_FOUND)
        records = requests.records_of(row.uses)
        order = order_of(row, actor.id)
        # Of a record it waits until it is gone: a kill before that is asked again.
        if not (agree and records) and not queries.decide(session, project_id, withdrawal_pk, to):
            raise Problem(NOT_FOUND)
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action=Act.WITHDRAWAL_DECIDE,
            subject=withdrawal_pk,
            agreed=agree,
        )
    if not agree:
        return Asked(id=withdrawal_pk, status=to.value)
    if records:
        return Asked(id=withdrawal_pk, status=carry_out(order, records, blobs).value)
    status = honour(project_id, withdrawal_pk, blobs) or Status.UNMATCHED
    return Asked(id=withdrawal_pk, status=status.value)


def order_of(row: Withdrawal, actor_id: int | None) -> Order:
    """What a withdrawal that waited asks for."""
    return Order(
        project_id=row.project_id,
        withdrawal_pk=row.withdrawal_pk,
        channel=row.channel,
        reason=row.reason,
        asked_at=row.asked_at,
        actor_id=actor_id,
        scopes=scopes_of(row.scopes),
        ends_on=row.ends_on,
    )
