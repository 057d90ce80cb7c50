"""Signatures follow the records: who signed, as rows that name nobody, and how each stands."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from service.entities.actions import at_once as entities_at_once
from service.facts import actions as facts
from service.facts.answers import Values, whole_number
from service.facts.queries import TABLES
from service.facts.signing import MOST_LINES
from service.foundation import ids, job_queue, keys
from service.foundation.db import commit_together, reading, unit_of_work
from service.intake.arrival import Arrival, Told
from service.intake.queries import projecting as intake
from service.persons.actions import today
from service.persons.matching import Described
from service.persons.queries import mentions
from service.treaty import comparing
from service.treaty.actions import codes, noticing, pairing, settling
from service.treaty.queries import log, signer_keys, signers, told
from service.treaty.queries.signers import Signer
from service.treaty.queries.told import Signed
from service.treaty.status import Status

TOLD = "treaty.told"
"""The event of a record that tells of signatures."""
FILL = "treaty.fill"
"""The event after which a page of records of an earlier release is looked at."""
PAGE = 200
_FILLED = "signers are found by a name above"


def at_once(arrival: Arrival) -> Told | None:
    """What intake stores with a new record: its facts, the jobs by which entities follow, and one
    by which signatures do."""
    made = entities_at_once(arrival)
    speaks = made and (made.rows.get(TABLES["signatures"]) or made.rows.get(TABLES["sheets"]))
    if made is None or not speaks:
        return made
    job = job_queue.row(project_id=arrival.project_id, event=TOLD, subject=arrival.submission_pk)
    jobs = [*made.rows.get(job_queue.TABLE, ()), job]
    return replace(made, rows={**made.rows, job_queue.TABLE: jobs})


@dataclass(frozen=True, kw_only=True)
class Here:
    """A signature as it is told now."""

    signed: Signed
    slot: int
    sheet: str
    sender: str
    person: Described | None = field(repr=False)
    keys: frozenset[int] = field(repr=False)


def follow(project_id: int, submission_pks: Collection[uuid.UUID]) -> None:
    """Whoever signed in these records, as they now stand. Again is no error, and changes
    nothing."""
    with reading() as session:
        records = intake.list_records(session, project_id, submission_pks)
        known = signers.of_records(session, project_id, records)
        current = intake.list_current(session, project_id, records)
        versions = list(current.values())
        if not known and not told.has_signed(session, project_id, versions, today()):
            return
        here = _tell(session, project_id, versions)
        sheets = told.list_sheets(session, project_id, today(), submission_pks=versions)
    made: dict[uuid.UUID, Here] = {}

    def write(connection: sa.Connection) -> None:
        made.clear()
        still = intake.lock_counted(connection, project_id, sorted(versions))
        gone = {record for record, version in current.items() if version not in still}
        log.lock(connection, project_id)
        now = [one for one in here if one.signed.submission_pk in still]
        made.update(_align(connection, project_id, records - gone, now))

    commit_together(write)
    found = pairing.find(project_id, {key: (one.person, one.keys) for key, one in made.items()})
    numbers = {one.sheet for one in made.values()} | {one.sheet for one in known}
    numbers |= {one.number for one in sheets}
    with unit_of_work() as session:
        log.lock(session, project_id)
        pairing.put(session, project_id, found, made)
        noticing.notice(session, project_id, _rows(made))
        mine = made.keys() | {one.signer_pk for one in known}
        settling.settle(session, project_id, mine, numbers)


def _tell(session: Any, project_id: int, versions: Sequence[uuid.UUID]) -> list[Here]:
    """Everybody who signed in these versions and may be counted; names of whom the team may look
    at, alone."""
    signed = told.list_signed(session, project_id, versions, today())
    compared = told.may_be_compared(session, project_id, versions, today())
    wanted = {one.submission_pk for one in signed}
    values = {
        (row.submission_pk, ordinal): one
        for row, said in facts.told_of_signers(session, project_id, wanted)
        for ordinal, one in enumerate(said)
    }
    found, taken = list[Here](), set[tuple[uuid.UUID, int]]()
    for one in signed:
        line = (one.submission_pk, one.ordinal)
        said = values.get(line, {})
        slot = _slot(said, one.ordinal)
        if (one.record_pk, slot) in taken:  # two lines with one number
            slot = MOST_LINES + 1 + one.ordinal
        taken.add((one.record_pk, slot))
        sheet = said.get("petition.sheet", "").strip()[:40]
        found.append(
            Here(
                signed=one,
                slot=slot,
                sheet=sheet,
                sender=noticing.sender(project_id, one, said.get("petition.collector", ""), sheet),
                person=_describe(said, one) if line in compared else None,
                keys=frozenset(),
            )
        )
    return _with_keys(project_id, found)


def _with_keys(project_id: int, here: Sequence[Here]) -> list[Here]:
    """By name and place; and by the name above, where both stand on one sheet."""
    stand_in = keys.current().stand_in
    found = list[Here]()
    above: Here | None = None
    for one in here:
        own = comparing.keys_of(project_id, one.person, stand_in) if one.person else frozenset()
        is_below = above and one.sheet and above.signed.submission_pk == one.signed.submission_pk
        if above and is_below and above.person and one.person:
            own |= comparing.keys_after(project_id, above.person, one.person, stand_in)
        above = one
        found.append(replace(one, keys=own))
    return found


def _rows(made: Mapping[uuid.UUID, Here]) -> list[noticing.Row]:
    return [
        noticing.Row(
            sheet=one.sheet,
            sender=one.sender,
            signed_on=one.signed.happened_on,
            slot=one.slot,
            name=" ".join(one.person.name.readings[0]) if one.person else "",
        )
        for one in made.values()
    ]


def _slot(values: Values, ordinal: int) -> int:
    """By what a signature is known again: the number of its line on paper, else its place."""
    number = whole_number(values.get("petition.line_no", ""), 1, MOST_LINES)
    return ordinal if number is None else number


def _describe(values: Values, one: Signed) -> Described | None:
    return comparing.describe(values, sex=one.sex, place=one.place)


def _align(
    connection: sa.Connection, project_id: int, records: Collection[uuid.UUID], now: Sequence[Here]
) -> dict[uuid.UUID, Here]:
    """Write down who of these records is who of before."""
    known = {
        (one.record_pk, one.slot): one
        for one in signers.of_records(connection, project_id, records)
    }
    made: dict[uuid.UUID, Here] = {}
    new, changed = dict[uuid.UUID, Here](), dict[uuid.UUID, Mapping[str, Any]]()
    for one in now:
        before = known.pop((one.signed.record_pk, one.slot), None)
        signer_pk = before.signer_pk if before else ids.new_uuid()
        made[signer_pk] = one
        if before is None:
            new[signer_pk] = one
        else:
            changed[signer_pk] = _columns(one)
    _insert(connection, project_id, new)
    signers.update(connection, project_id, changed)
    left = [one.signer_pk for one in known.values()]
    signers.update(connection, project_id, {key: {"may_count": False} for key in left})
    signer_keys.put_keys(connection, project_id, dict.fromkeys(left, ()))
    signer_keys.put_keys(connection, project_id, {key: one.keys for key, one in made.items()})
    return made


def _columns(one: Here) -> dict[str, Any]:
    return {
        "submission_pk": one.signed.submission_pk,
        "ordinal": one.signed.ordinal,
        "sheet": one.sheet,
        "sender": one.sender,
        "place": one.signed.place,
        "signed_on": one.signed.happened_on,
        "told": one.signed.line_status,
        "may_count": True,
    }


def _insert(connection: sa.Connection, project_id: int, new: Mapping[uuid.UUID, Here]) -> None:
    """The first who is keyed from a line of a sheet has the code on its stub. What the log says of
    a code already, as of a line that stood in a record which is gone, goes on."""
    stubs = {(one.sheet, one.slot) for one in new.values() if one.sheet}
    held = signers.at_stubs(connection, project_id, stubs) if stubs else {}
    rows: list[dict[str, Any]] = []
    for signer_pk, one in new.items():
        has_stub = bool(one.sheet) and (one.sheet, one.slot) not in held
        if has_stub:
            held[one.sheet, one.slot] = signer_pk
        rows.append(
            {
                "signer_pk": signer_pk,
                "record_pk": one.signed.record_pk,
                "slot": one.slot,
                "has_stub": has_stub,
                "is_taken_back": False,
                "status": Status.NOT_COUNTED,
                "logged": None,
                "lines": 0,
                **_columns(one),
            }
        )
    _go_on(connection, project_id, rows)
    signers.insert(connection, project_id, rows)


def _go_on(connection: sa.Connection, project_id: int, rows: Sequence[dict[str, Any]]) -> None:
    as_told = ({name: row[name] for name in Signer.__dataclass_fields__} for row in rows)
    by_key = {one["signer_pk"]: codes.plain_of(project_id, Signer(**one)) for one in as_told}
    known = log.known(connection, project_id, by_key) if by_key else frozenset()
    for row in rows:
        if row["signer_pk"] in known:
            said = log.find(connection, project_id, by_key[row["signer_pk"]])
            row["lines"], row["logged"] = len(said), said[-1].now
            row["is_taken_back"] = said[-1].now is Status.WITHDRAWN


# --- records of an earlier release --------------------------------------------------------------
def fill_missing(project_id: int) -> None:
    """Once in a project's life, for signatures from before they were followed: by jobs."""
    note = f"{_FILLED} {project_id}"
    if not keys.current().is_noted(note):
        _fill_later(project_id, uuid.UUID(int=0))
        keys.current().note(note)


def fill_page(project_id: int, after: uuid.UUID) -> None:
    with reading() as session:
        page = mentions.page_of_records(session, project_id, after, PAGE)
    if page:
        follow(project_id, page)
    if len(page) == PAGE:
        _fill_later(project_id, page[-1])


def _fill_later(project_id: int, after: uuid.UUID) -> None:
    with unit_of_work() as session:
        job_queue.enqueue(session, project_id=project_id, event=FILL, subject=after)
