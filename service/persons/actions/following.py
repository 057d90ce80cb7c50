"""Persons of records follow the records: their keys, and with whom each is to be compared."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from service.facts import actions as facts
from service.facts import queries as fact_queries
from service.facts.plan import plan_for
from service.foundation import clock, ids, job_queue, keys
from service.foundation.db import commit_together, reading, unit_of_work
from service.foundation.sealing import DataKey
from service.intake.arrival import Arrival
from service.intake.arrival import Told as ToldAtOnce
from service.intake.queries import projecting as intake
from service.persons import sealed
from service.persons.actions import pairing, telling
from service.persons.aligning import align
from service.persons.describing import Told
from service.persons.queries import mentions, pairs

TOLD = "person.told"
"""The event after which persons of a new record are compared (`jobs/handlers.py`)."""
FILL = "person.fill"
"""The event after which a page of records of an earlier release is looked at."""
PAGE = 200
_FILLED = "persons are keyed, 3"
"""Noted once for a project. With another text all are looked at anew: where `blocking.py` makes
other keys than those that lie with the persons."""


def at_once(arrival: Arrival) -> ToldAtOnce | None:
    """What intake stores with a new record: its facts, and where it names people a job by which
    they are compared. (Comparing opens other records: nobody's receipt waits for it.)"""
    told = facts.at_once(arrival)
    persons = fact_queries.TABLES["persons"]
    is_named = "person.name" in plan_for(arrival.schema).tags
    if told is None or persons not in told.rows or not is_named:
        return told
    job = job_queue.row(project_id=arrival.project_id, event=TOLD, subject=arrival.submission_pk)
    return replace(told, rows={**told.rows, job_queue.TABLE: [job]})


def follow(
    project_id: int, submission_pks: Collection[uuid.UUID], *, changed_alone: bool = False
) -> dict[tuple[uuid.UUID, int], str]:
    """Whom these records speak of, as they now stand; then with whom each is to be compared, or
    (`changed_alone`) those whose keys are others than before. Again is no error, and changes
    nothing; a job that was killed in between compares all of its records again. Answers the names:
    version and place in it to what the person is called."""
    with reading() as session:
        records = intake.list_records(session, project_id, submission_pks)
        current = intake.list_current(session, project_id, records)
        told = telling.tell(session, project_id, list(current.values()))
        is_known = mentions.are_known(session, project_id, records)
    if not told and not is_known:
        return {}
    here: dict[uuid.UUID, Told] = {}
    held = keys.current().find_many(project_id, {one.key_pk for one in told if one.key_pk})

    def write(connection: sa.Connection) -> None:
        here.clear()
        still = intake.lock_counted(connection, project_id, sorted(current.values()))
        gone = [record for record, version in current.items() if version not in still]
        now = [record for record in records if record not in gone]
        change = _align(connection, project_id, now, told, held)
        wanted = change.keys if changed_alone else change.here
        here.update({key: change.here[key] for key in wanted})

    commit_together(write)
    pairing.find(project_id, here)
    return {(one.submission_pk, one.standing.ordinal): one.name for one in told}


def _align(
    connection: sa.Connection,
    project_id: int,
    record_pks: Sequence[uuid.UUID],
    told: Sequence[Told],
    held: Mapping[uuid.UUID, DataKey],
) -> _Change:
    """Write down who of these records is who of before."""
    known = mentions.list_known(connection, project_id, record_pks)
    change = _Change(held=held)
    of_record: dict[uuid.UUID, list[Told]] = defaultdict(list)
    for one in told:
        of_record[one.record_pk].append(one)
    for record_pk in record_pks:
        persons = of_record[record_pk]
        aligned = align(known.get(record_pk, ()), [one.standing for one in persons])
        change.gone += aligned.gone
        change.doubtful += aligned.doubtful
        before = {one.mark: one for one in known.get(record_pk, ())}
        for mark, person in zip(aligned.marks, persons, strict=True):
            mention_pk = mark or ids.new_uuid()
            change.here[mention_pk] = person
            change.put(project_id, mention_pk, person, before.get(mention_pk))
    mentions.put(connection, project_id, change.rows, change.new)
    mentions.put_keys(connection, project_id, change.keys)
    if change.gone:
        mentions.set_gone(connection, project_id, change.gone)
    if change.doubtful:
        pairs.doubt(connection, project_id, change.doubtful, clock.now())
    return change


@dataclass(kw_only=True)
class _Change:
    """What is to be written: all as they stand now, and the keys of those whose keys changed."""

    held: Mapping[uuid.UUID, DataKey]
    here: dict[uuid.UUID, Told] = field(default_factory=dict)
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    new: set[uuid.UUID] = field(default_factory=set)
    keys: dict[uuid.UUID, frozenset[int]] = field(default_factory=dict)
    gone: list[uuid.UUID] = field(default_factory=list)
    doubtful: list[uuid.UUID] = field(default_factory=list)

    def put(self, project_id: int, mention_pk: uuid.UUID, person: Told, before: Any | None) -> None:
        key = self.held.get(person.key_pk) if person.key_pk else None
        where = sealed.place(project_id, person.record_pk, mention_pk)
        self.rows.append(
            {
                "project_id": project_id,
                "mention_pk": mention_pk,
                "record_pk": person.record_pk,
                "submission_pk": person.submission_pk,
                "ordinal": person.standing.ordinal,
                "is_here": True,
                "own_digest": person.standing.own,
                "described_digest": person.standing.described,
                **sealed.sealed(key, where, person.described),
            }
        )
        if before is None:
            self.new.add(mention_pk)
        if before is None or before.sounds != person.keys:
            self.keys[mention_pk] = person.keys


def rebuild(project_id: int) -> None:
    """Of all records as they stand, after facts were computed again. What was decided stays."""
    after: uuid.UUID | None = uuid.UUID(int=0)
    while after is not None:
        after = _follow_page(project_id, after, changed_alone=True)


def _follow_page(project_id: int, after: uuid.UUID, *, changed_alone: bool) -> uuid.UUID | None:
    """Of a page of records as they stand; answers where the next begins, None at the end."""
    with reading() as session:
        page = mentions.page_of_records(session, project_id, after, PAGE)
    if page:
        follow(project_id, page, changed_alone=changed_alone)
    return page[-1] if len(page) == PAGE else None


def fill_missing(project_id: int) -> None:
    """Once in a project's life, for what came before there were mentions: by jobs, page after
    page. (Of a backup from before that was put back: `flask facts rebuild`.)"""
    note = f"{_FILLED} {project_id}"
    if not keys.current().is_noted(note):
        _fill_later(project_id, uuid.UUID(int=0))
        keys.current().note(note)


def fill_page(project_id: int, after: uuid.UUID) -> None:
    """One of those pages; the next goes to the end of the queue."""
    ends = _follow_page(project_id, after, changed_alone=False)
    if ends is not None:
        _fill_later(project_id, ends)


def _fill_later(project_id: int, after: uuid.UUID) -> None:
    with unit_of_work() as session:
        job_queue.enqueue(session, project_id=project_id, event=FILL, subject=after)
