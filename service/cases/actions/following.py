"""Cases follow what people tell, by jobs, in whatever order it comes.

A case is opened for each person with an open need who may be contacted again. Whatever a record
says, or says no more, the cases that it speaks of are folded from the beginning: twice is once.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.cases.actions import phones
from service.cases.events import Event, Kind, OfficeEvent, When
from service.cases.folding import KEPT, CaseNow, CaseStatus, fold
from service.cases.naming import code_of, entity_of
from service.cases.queries import storing, told
from service.cases.queries.storing import CaseRow
from service.cases.queries.told import PersonTold, Whom
from service.entities.actions.phones import day_of_consent
from service.facts import actions as facts
from service.facts import queries as fact_queries
from service.facts.queries import TABLES
from service.facts.scopes import Purpose, allows, with_media
from service.foundation import audit, clock, ids, job_queue
from service.foundation.db import reading, unit_of_work
from service.intake.arrival import Arrival, Told
from service.intake.queries import projecting as intake
from service.treaty.actions import at_once as treaty_at_once

TOLD = "case.told"
"""The event of a record that cases may follow from, and of one that review decided on."""
CHANGED = "case.changed"
"""The event of a case that is to be folded again."""
AT_ONCE = 200
LOOKED_BACK = dt.timedelta(days=14)
"""A server may be off for days: so far back cases are looked for that phones may let go."""


def at_once(arrival: Arrival) -> Told | None:
    """What intake stores with a new record: its facts, the jobs by which entities and signatures
    follow, and one by which cases do. (Where it speaks of entities, the first job does both: in
    that order.)"""
    made = treaty_at_once(arrival)
    if made is None or arrival.schema.entities or not _opens(made):
        return made
    job = job_queue.row(project_id=arrival.project_id, event=TOLD, subject=arrival.submission_pk)
    jobs = [*made.rows.get(job_queue.TABLE, ()), job]
    return replace(made, rows={**made.rows, job_queue.TABLE: jobs})


def _opens(made: Told) -> bool:
    """Whether somebody in it has an open need and may be contacted, or a visit is told."""
    people = made.rows.get(TABLES["persons"], ())
    today = day_of_consent()
    return bool(made.rows.get(TABLES["visits"])) or any(
        one.open_needs > 0 and allows(Purpose.CONTACT, one.scopes, one.scopes_until, today)
        for one in people
    )


def follow(project_id: int, submission_pks: Sequence[uuid.UUID]) -> None:
    """The cases that these records speak of, or spoke of before."""
    with reading() as session:
        records = intake.list_records(session, project_id, submission_pks)
    if not records:
        return
    with unit_of_work() as session:
        while _open(session, project_id, records):
            pass
        changed = _link(session, project_id, records)
        changed |= storing.list_of_records(session, project_id, records).keys()
    fold_again(project_id, sorted(changed), renamed=records)


def _open(session: Session, project_id: int, records: Collection[uuid.UUID]) -> int:
    """Cases for those in these records who have none, some at once; answers how many."""
    found = told.without_case(session, project_id, records, day_of_consent(), AT_ONCE)
    codes = _new_codes(session, project_id, len(found))
    now = clock.now()
    rows = [
        {
            "case_pk": ids.new_uuid(),
            "record_pk": record_pk,
            "ordinal": ordinal,
            "code": code,
            "entity_id": uuid.uuid4(),
            "place": place,
            "opened_at": now,
        }
        for ((record_pk, ordinal), place), code in zip(found, codes, strict=True)
    ]
    storing.insert(session, project_id, rows)
    for row in rows:
        audit.record(
            session,
            project_id=project_id,
            actor_id=None,
            action="case.open",
            subject=row["case_pk"],
        )
    return len(rows)


def _new_codes(session: Session, project_id: int, count: int) -> list[str]:
    codes: set[str] = set()
    while len(codes) < count:
        codes |= {code_of(secrets.randbelow(10**9)) for _ in range(count - len(codes))}
        codes -= storing.taken_codes(session, project_id, codes)
    return sorted(codes)


def _link(session: Session, project_id: int, records: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these records visit which cases; answers all that are touched, or were."""
    before = storing.visited(session, project_id, records)
    said = told.case_ids(session, project_id, records, day_of_consent())
    by_record = {record: entity_of(case_id) for record, case_id in said.items()}
    wanted = {one for one in by_record.values() if one is not None}
    by_entity = storing.list_by_entity(session, project_id, wanted)
    now = {record: by_entity.get(one) if one else None for record, one in by_record.items()}
    for record in before:
        now.setdefault(record, before[record])  # it may be told again: rejected, removed
    storing.link_visits(session, project_id, now)
    return {*before.values(), *(case for case in now.values() if case is not None)}


# --- folding ------------------------------------------------------------------------------------
def fold_again(
    project_id: int, case_pks: Sequence[uuid.UUID], *, renamed: Collection[uuid.UUID] = ()
) -> None:
    """These cases as they stand now: in the office, in facts and so in figures, on phones.
    `renamed`: records in which names may have changed."""
    for at in range(0, len(case_pks), AT_ONCE):
        page = case_pks[at : at + AT_ONCE]
        with unit_of_work() as session:
            folded = _fold(session, project_id, page)
            outdated = _tell_facts(session, project_id, folded)
        if outdated:
            facts.project_received(project_id, outdated)
        phones.bring_up(project_id, folded.cases, folded.now, renamed)


class _Folded:
    """Some cases as they stand, and what their facts say by now."""

    def __init__(self, cases: Sequence[CaseRow]) -> None:
        self.cases = cases
        self.now: dict[uuid.UUID, CaseNow] = {}
        self.facts: dict[uuid.UUID, tuple[PersonTold, Mapping[str, str]]] = {}
        """Case -> its person, need -> status, as the facts have them by now."""


def _fold(session: Session, project_id: int, case_pks: Sequence[uuid.UUID]) -> _Folded:
    """Cases whose person is not to be read (removed, rejected, withdrawn) stay as they are."""
    today = day_of_consent()
    found = _Folded(storing.list_cases(session, project_id, case_pks, lock=True))
    records = {one.record_pk for one in found.cases}
    people = told.people(session, project_id, records, Purpose.CODES, today)
    needs = told.needs(session, project_id, records, today)
    events = _events(session, project_id, found.cases, today)
    places: dict[uuid.UUID, tuple[CaseNow, str]] = {}
    for case in found.cases:
        whom: Whom = (case.record_pk, case.ordinal)
        person = people.get(whom)
        if person is None:
            continue
        of = needs.get(whom)
        now = fold(of.told if of else (), person.on, events.get(case.case_pk, ()))
        found.now[case.case_pk] = now
        found.facts[case.case_pk] = (person, of.by_now if of else {})
        places[case.case_pk] = (now, person.place)
    storing.put_folded(session, project_id, places)
    return found


def _events(
    session: Session, project_id: int, cases: Sequence[CaseRow], on: dt.date
) -> dict[uuid.UUID, list[Event]]:
    keys = [one.case_pk for one in cases]
    of_record = storing.visits_of(session, project_id, keys)
    found: dict[uuid.UUID, list[Event]] = defaultdict(list)
    for record_pk, visit in told.visits(session, project_id, list(of_record), on).items():
        found[of_record[record_pk]].append(visit)
    for case_pk, rows in storing.events_of(session, project_id, keys).items():
        found[case_pk] += [
            OfficeEvent(
                when=When(on=row.happened_on, at=row.at, key=row.event_pk),
                kind=Kind(row.kind),
                need_code=row.need_code,
                outcome=row.outcome,
            )
            for row in rows
        ]
    return found


def _tell_facts(session: Session, project_id: int, folded: _Folded) -> list[uuid.UUID]:
    """Let projection know how needs stand, and what people refused since; answers the submissions
    whose facts say otherwise."""
    connection = session.connection()
    cases = [one for one in folded.cases if one.case_pk in folded.now]
    held = fact_queries.list_denied(connection, project_id, {one.record_pk for one in cases})
    outdated: set[uuid.UUID] = set()
    for case in cases:
        now, (person, by_now) = folded.now[case.case_pk], folded.facts[case.case_pk]
        whom = (project_id, case.record_pk, case.ordinal)
        states = {one.code: one.status for one in now.needs.values()}
        if states != by_now:
            fact_queries.put_need_states(connection, *whom, states)
            outdated.add(person.submission_pk)
        denied = with_media(now.denied)
        before = held.get(case.record_pk, {}).get(case.ordinal, frozenset())
        if denied != before:
            fact_queries.put_denied(connection, *whom, denied)
        if denied != before or denied & person.allows:
            outdated.add(person.submission_pk)
    return sorted(outdated)


def round_of_the_day(project_id: int) -> None:
    """Once a day: people who told needs before there were cases, or whose job was lost; cases of
    which no need is open leave phones after a while."""
    since: uuid.UUID | None = None
    while True:
        with unit_of_work() as session:
            found = told.without_case(
                session, project_id, None, day_of_consent(), AT_ONCE, since=since
            )
            records = {record for (record, _), _ in found}
            _open(session, project_id, records)
            opened = storing.list_of_records(session, project_id, records)
        if not found:
            break
        since = max(records)
        fold_again(project_id, sorted(opened), renamed=records)
    over = day_of_consent() - KEPT
    with reading() as session:
        quiet = storing.list_quiet(session, project_id, CaseStatus.DONE, over - LOOKED_BACK, over)
    fold_again(project_id, quiet)


# --- what was taken back ------------------------------------------------------------------------
def strike(connection: sa.Connection, project_id: int, records: Collection[uuid.UUID]) -> None:
    """In the transaction that erases these records: their cases go; cases that they visited forget
    the visit, and get another name for phones, since the one they had was erased with it."""
    fact_queries.forget_said_since(connection, project_id, records)
    visited = storing.strike(connection, project_id, records)
    phones.rename(connection, project_id, visited)
    for case_pk in visited:
        job_queue.enqueue(connection, project_id=project_id, event=CHANGED, subject=case_pk)
