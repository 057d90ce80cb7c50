"""The list of what was taken back, read again at every start: a backup that was put back is
cleaned of it, and what a kill left is finished, before anybody is answered."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import structlog

from service.consent import queries
from service.consent.actions.erasing import Order, finish, narrow_rows, plan_for, strike
from service.consent.requests import HELD_FOR, Reason, Status
from service.consent.withdrawal import ERASE, EXPIRE, Plan
from service.facts import queries as fact_queries
from service.facts.scopes import bits
from service.foundation import audit, clock, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, truncate_log, unit_of_work
from service.foundation.keys import Entry
from service.intake.queries import erasing as intake

AT_ONCE = 500
T = TypeVar("T")
log = structlog.get_logger("samleng.consent")


def replay(blobs: LocalBlobs) -> int:
    """Make the data what the list says; answers how many instances had come back. Where nothing
    has, that is a question for each 500 instances ever erased, and no write."""
    by_project: dict[int, list[Entry]] = defaultdict(list)
    for entry in keys.current().erasures.read():
        by_project[entry["project"]].append(entry)
    count = 0
    for project_id, entries in by_project.items():
        erased = [entry for entry in entries if entry["what"] == ERASE]
        expired = [entry for entry in entries if entry["what"] == EXPIRE]
        codes = {entry["withdrawal"]: entry["code"] for entry in entries if "code" in entry}
        count += _erase_again(project_id, erased, codes, blobs)
        count += _erase_again(project_id, expired, {}, blobs)
        _destroy_again(project_id, [*erased, *expired], blobs)
        _narrow_again(project_id, [entry for entry in entries if entry["what"] == "narrow"])
        _remember(project_id, entries)
    if count:
        truncate_log()
        log.warning("erased_again", instances=count)
    _finish_unfinished(blobs)
    return count


def _erase_again(
    project_id: int, entries: Sequence[Entry], codes: Mapping[str, str], blobs: LocalBlobs
) -> int:
    """Instances that are on the list and stand there all the same."""
    by_digest = {bytes.fromhex(one): entry for entry in entries for one in entry["instances"]}
    count = 0
    for page in _pages(list(by_digest)):
        with reading() as session:
            found = intake.find_by_digest(session, project_id, page)
        if entries[0]["what"] == EXPIRE:
            found = [row for row in found if not row.is_expired]
        if not found:
            continue
        order = _order(project_id, by_digest[bytes(found[0].instance_digest)])
        with unit_of_work() as session:
            connection = session.connection()
            records = {row.record_pk for row in found}
            rows = intake.list_hanging(connection, project_id, records)
            plan = plan_for(connection, order, rows)
            keys.current().erasures.append(plan.as_entry())  # more may hang on them than was listed
            strike(connection, plan, rows)
            code = codes.get(order.withdrawal_pk.hex)
            known = {**order.row(), "done_at": order.asked_at, "code_digest": code}
            queries.insert_withdrawal(connection, known)
            queries.add_instances(
                connection,
                project_id,
                order.withdrawal_pk,
                len(rows),
                state=Status.ERASING,
                gone_at=None,
            )
            audit.record(
                connection,
                project_id=project_id,
                actor_id=None,
                action="consent.erase_again",
                subject=order.withdrawal_pk,
                instances=len(rows),
            )
        _destroy_again(project_id, [plan.as_entry()], blobs)
        count += len(rows)
    return count


def _destroy_again(project_id: int, entries: Sequence[Entry], blobs: LocalBlobs) -> None:
    """Keys that an older copy of their store brought back, and files."""
    wanted = [uuid.UUID(hex=key) for entry in entries for key in entry["keys"]]
    left = keys.current().held(project_id, wanted) if wanted else ()
    if left:
        keys.current().destroy(project_id, left)
    for entry in entries:
        for name in entry["blobs"]:
            blobs.remove(name)


def _narrow_again(project_id: int, entries: Sequence[Entry]) -> None:
    by_withdrawal = {uuid.UUID(hex=entry["withdrawal"]): entry for entry in entries}
    for page in _pages(list(by_withdrawal)):
        with reading() as session:
            known = fact_queries.list_narrowing(session.connection(), project_id, page)
        for withdrawal_pk in set(page) - known:
            _narrow_one(project_id, by_withdrawal[withdrawal_pk])


def _narrow_one(project_id: int, entry: Entry) -> None:
    digests = [bytes.fromhex(one) for one in entry["instances"]]
    with reading() as session:
        if not intake.find_by_digest(session, project_id, digests):
            return
    with unit_of_work() as session:
        connection = session.connection()
        found = intake.find_by_digest(connection, project_id, digests)
        rows = intake.list_hanging(connection, project_id, {row.record_pk for row in found})
        order = _order(project_id, entry)
        narrow_rows(connection, order, rows, dt.date.fromisoformat(entry["on"]))
        if not queries.insert_withdrawal(
            connection, {**order.row(), "instances": len(rows), "state": Status.ERASING}
        ):
            queries.add_instances(connection, project_id, order.withdrawal_pk, len(rows))
        queries.mark_done(connection, project_id, order.withdrawal_pk, order.asked_at)
        audit.record(
            connection,
            project_id=project_id,
            actor_id=None,
            action="consent.narrow_again",
            subject=order.withdrawal_pk,
            scopes=sorted(order.scopes),
            instances=len(rows),
        )


def _remember(project_id: int, entries: Sequence[Entry]) -> None:
    """The withdrawals themselves, which an older backup does not know."""
    by_pk: dict[uuid.UUID, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_pk[uuid.UUID(hex=entry["withdrawal"])].append(entry)
    for withdrawal_pk in [pk for pk, listed in by_pk.items() if not _is_to_be_known(listed)]:
        del by_pk[withdrawal_pk]
    for page in _pages(list(by_pk)):
        with reading() as session:
            missing = set(page) - queries.known(session, project_id, page)
        if missing:
            with unit_of_work() as session:
                for withdrawal_pk in sorted(missing):
                    row = _row(project_id, by_pk[withdrawal_pk])
                    queries.insert_withdrawal(session.connection(), row)


def _order(project_id: int, entry: Entry) -> Order:
    return Order(
        project_id=project_id,
        withdrawal_pk=uuid.UUID(hex=entry["withdrawal"]),
        channel="list",
        reason=Reason.PERIOD if entry["what"] == EXPIRE else Reason.OTHER,
        expires=entry["what"] == EXPIRE,
        asked_at=dt.datetime.fromisoformat(entry["at"]),
        scopes=frozenset(entry.get("scopes", ())),
        ends_on=dt.date.fromisoformat(entry["ends_on"]) if entry.get("ends_on") else None,
    )


def _is_to_be_known(listed: Sequence[Entry]) -> bool:
    """All but a code of an earlier release, which listed all, that was held for long enough, and
    what nobody took back."""
    if any("silent" in one for one in listed):
        return False
    at = dt.datetime.fromisoformat(listed[0]["at"])
    return any(one["what"] != "code" for one in listed) or at > clock.now() - HELD_FOR


def _row(project_id: int, listed: Sequence[Entry]) -> dict[str, Any]:
    """Of a withdrawal, by all that is listed of it: its code, if any, and what was done."""
    entry = next((one for one in listed if one["what"] != "code"), listed[0])
    order = _order(project_id, entry)
    is_code = entry["what"] == "code"
    return {
        **order.row(),
        "state": Status.UNMATCHED if is_code else Status.DONE,
        "scopes": bits(order.scopes),
        "code_digest": next((one["code"] for one in listed if "code" in one), None),
        "instances": len(entry.get("instances", ())),
        "done_at": None if is_code else order.asked_at,
    }


def _finish_unfinished(blobs: LocalBlobs) -> None:
    with reading() as session:
        unfinished = queries.list_unfinished(session)
    for project_id, withdrawal_pk in unfinished:
        finish_left(project_id, withdrawal_pk, blobs)


def finish_left(project_id: int, withdrawal_pk: uuid.UUID, blobs: LocalBlobs) -> Status:
    """What a kill, or a reader of the log, left of one withdrawal. Without its entries in the list
    it stays unfinished, and is seen."""
    plans = [
        _plan(entry)
        for entry in keys.current().erasures.read()
        if entry["what"] in (ERASE, EXPIRE) and entry["withdrawal"] == withdrawal_pk.hex
    ]
    states = [finish(plan, blobs) for plan in plans if plan.project_id == project_id]
    return states[-1] if states else Status.ERASING


def _plan(entry: Entry) -> Plan:
    return Plan(
        project_id=entry["project"],
        withdrawal_pk=uuid.UUID(hex=entry["withdrawal"]),
        digests=[bytes.fromhex(one) for one in entry["instances"]],
        keys=[uuid.UUID(hex=key) for key in entry["keys"]],
        blobs=entry["blobs"],
        asked_at=dt.datetime.fromisoformat(entry["at"]),
        expires=entry["what"] == EXPIRE,
    )


def _pages(values: Sequence[T]) -> Iterator[Collection[T]]:
    yield from (values[at : at + AT_ONCE] for at in range(0, len(values), AT_ONCE))
