"""Cases follow what people tell, by jobs, in whatever order it comes.

A case is opened for each person with an open need who may be contacted again. Whatever a record
says, or says no more, the cases that it speaks of are folded from the beginning: twice is once.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from service.cases.actions import phones
from service.cases.actions.phones import NOBODY, Place
from service.cases.actions.refolding import AT_ONCE, fold_again
from service.cases.folding import KEPT, CaseStatus
from service.cases.naming import code_of, entity_of
from service.cases.queries import storing, told
from service.entities.actions.phones import day_of_consent
from service.facts import queries as fact_queries
from service.facts.queries import TABLES
from service.facts.scopes import Purpose, allows
from service.foundation import audit, clock, ids, job_queue
from service.foundation.db import reading, unit_of_work
from service.intake.arrival import Arrival, Told
from service.intake.queries import projecting as intake
from service.persons.actions import TOLD as PERSONS_TOLD
from service.persons.queries import files
from service.treaty.actions import at_once as treaty_at_once

TOLD = "case.told"
"""The event of a record that cases may follow from, and of one that review decided on."""
CHANGED = "case.changed"
"""The event of a case that is to be folded again."""
JOINED = "case.joined"
"""The event of a visit (`persons`) that was joined to another, or is no more."""
LATE = "case.late"
"""The event after which a page of records is looked at whose people have no case yet."""
LOOKED_BACK = dt.timedelta(days=14)
"""A server may be off for days: so far back cases are looked for that phones may let go."""


def at_once(arrival: Arrival) -> Told | None:
    """What intake stores with a new record: its facts, the jobs by which entities and signatures
    follow, and one by which cases do. (Where it speaks of entities, or names people, the job of
    those does both: in that order.)"""
    made = treaty_at_once(arrival)
    if made is None or arrival.schema.entities or not _opens(made):
        return made
    if any(one["event"] == PERSONS_TOLD for one in made.rows.get(job_queue.TABLE, ())):
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


def follow(
    project_id: int, submission_pks: Sequence[uuid.UUID], *, named: Mapping[Place, str] = NOBODY
) -> None:
    """The cases that these records speak of, or spoke of before. `named`: names that whoever opened
    the records a moment ago saw."""
    with reading() as session:
        records = intake.list_records(session, project_id, submission_pks)
    if not records:
        return
    with unit_of_work() as session:
        connection = session.connection()
        # Locked as by whoever erases: what is taken back meanwhile gets no case, and visits none.
        intake.lock_records(connection, project_id, records)
        while _open(connection, project_id, records) == AT_ONCE:
            pass
        changed = _link(connection, project_id, records)
        changed |= storing.list_of_records(connection, project_id, records).keys()
    fold_again(project_id, sorted(changed), records=records, renamed=records, named=named)


def follow_joins(project_id: int, mention_pks: Collection[uuid.UUID]) -> None:
    """Cases of these persons, after a join was made, or taken back: nothing is written of it but
    what is folded."""
    with reading() as session:
        records = files.records_of(session, project_id, mention_pks)
        cases = storing.list_of_records(session, project_id, records)
    fold_again(project_id, sorted(cases), records=records)


def _open(connection: sa.Connection, project_id: int, records: Collection[uuid.UUID]) -> int:
    """Cases for those in these records who have none, AT_ONCE at most; answers how many."""
    found = told.without_case(connection, project_id, records, day_of_consent(), AT_ONCE)
    codes = _new_codes(connection, project_id, len(found))
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
    storing.insert(connection, project_id, rows)
    opened = [
        audit.entry(
            project_id=project_id, actor_id=None, action="case.open", subject=row["case_pk"]
        )
        for row in rows
    ]
    audit.record_all(connection, opened)
    return len(rows)


def _new_codes(connection: sa.Connection, project_id: int, count: int) -> list[str]:
    codes: set[str] = set()
    while len(codes) < count:
        codes |= {code_of(secrets.randbelow(10**9)) for _ in range(count - len(codes))}
        codes -= storing.taken_codes(connection, project_id, codes)
    return sorted(codes)


def _link(
    connection: sa.Connection, project_id: int, records: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Which of these records visit which cases; answers all that are touched, or were."""
    before = storing.visited(connection, project_id, records)
    said = told.case_ids(connection, project_id, records, day_of_consent())
    by_record = {record: entity_of(case_id) for record, case_id in said.items()}
    wanted = {one for one in by_record.values() if one is not None}
    by_entity = storing.list_by_entity(connection, project_id, wanted) if wanted else {}
    now = {record: by_entity.get(one) if one else None for record, one in by_record.items()}
    for record in before:
        now.setdefault(record, before[record])  # it may be told again: rejected, removed
    storing.link_visits(connection, project_id, now)
    return {*before.values(), *(case for case in now.values() if case is not None)}


def round_of_the_day(project_id: int) -> None:
    """Once a day: people who told needs before there were cases, or whose job was lost; cases of
    which no need is open leave phones after a while."""
    open_page(project_id, uuid.UUID(int=0))
    _look_at_joined(project_id)
    over = day_of_consent() - KEPT
    with reading() as session:
        quiet = storing.list_quiet(session, project_id, CaseStatus.DONE, over - LOOKED_BACK, over)
    fold_again(project_id, quiet)


def open_page(project_id: int, since: uuid.UUID) -> None:
    """Cases for some of those who told needs and have none. The next go to the end of the queue:
    there may be a hundred thousand, and nobody's edit waits for them."""
    today = day_of_consent()
    with unit_of_work() as session:
        connection = session.connection()
        found = told.without_case(connection, project_id, None, today, AT_ONCE, since=since)
        records = {record for (record, _), _ in found}
        intake.lock_records(connection, project_id, records)
        _open(connection, project_id, records)
        opened = storing.list_of_records(connection, project_id, records)
        if len(found) == AT_ONCE:
            job_queue.enqueue(connection, project_id=project_id, event=LATE, subject=max(records))
    fold_again(project_id, sorted(opened), renamed=records)


def _look_at_joined(project_id: int) -> None:
    """Persons who were joined before their cases were (0045), and those whose case in force hangs
    on a visit that allows no contact any more, as another may."""
    since: uuid.UUID | None = None
    while True:
        with reading() as session:
            page = files.list_joined(session, project_id, since, AT_ONCE)
            records = files.records_of(session, project_id, page)
            cases = storing.list_cases(
                session, project_id, storing.list_of_records(session, project_id, records)
            )
            may = told.people(session, project_id, records, Purpose.CONTACT, day_of_consent())
        if not page:
            return
        since = page[-1]
        apart = [one.case_pk for one in cases if one.joined_to is None]
        over = [one.case_pk for one in cases if (one.record_pk, one.ordinal) not in may]
        fold_again(project_id, sorted({*apart, *over}))


# --- what was taken back ------------------------------------------------------------------------
def strike(connection: sa.Connection, project_id: int, records: Collection[uuid.UUID]) -> None:
    """In the transaction that erases these records: their cases go; cases that they visited forget
    the visit, and get another name for phones, since the one they had was erased with it. What was
    told there of a person goes from the case that the person has by other records."""
    visited = storing.strike(connection, project_id, records)
    # After the cases, for which whoever folds them waits: what that wrote goes too.
    fact_queries.forget_said_since(connection, project_id, records)
    phones.rename(connection, project_id, visited)
    through = files.list_files(connection, project_id, records)
    others = {
        whom for file in through if not file.records.isdisjoint(records) for whom in file.here
    }
    joined = storing.list_of_people(connection, project_id, others)
    for case_pk in sorted({*visited, *joined}):
        job_queue.enqueue(connection, project_id=project_id, event=CHANGED, subject=case_pk)
