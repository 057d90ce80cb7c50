"""Records make and change entities: after their receipt, once each, in whatever order they come.

One transaction for a record, all of its entities or none. What builds on something that has not
come waits, and is tried again whenever an entity that it speaks of changes. What cannot be applied
is kept beside the record for people to see; the phone is told nothing of it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.entities import claims
from service.entities.actions.changing import wake
from service.entities.actions.writing import Batch, Source
from service.entities.claims import Claim
from service.entities.queries import arrivals, by_record, changes, lists
from service.entities.queries.lists import ListRef
from service.entities.tables import Outcome
from service.entities.versions import Fault, Hold, Refused
from service.forms import queries as forms
from service.forms.schema import FormSchema
from service.foundation import audit, clock, crash_points, job_queue
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import safe_xml
from service.intake.actions import RECEIVED
from service.intake.actions.sealed import with_xml
from service.intake.arrival import Arrival, Told
from service.intake.queries import projecting as intake
from service.intake.queries.projecting import ForProjection
from service.intake.readers import xform_xml
from service.persons import actions as persons

WAITS_TOO = frozenset({Fault.UNKNOWN, Fault.NO_SUCH_VERSION, Fault.DELETED})
"""Faults that another record may mend: tried again when the entity changes."""


CLAIMED = "entity.claimed"
"""The event of a new record that brings its facts along and speaks of entities
(`jobs/handlers.py`)."""


_SPEAKING = (CLAIMED, RECEIVED)
PAGE = 200


def at_once(arrival: Arrival) -> Told | None:
    """What intake stores with a new record: its facts, and the jobs by which persons are compared
    and entities follow."""
    told = persons.at_once(arrival)
    if told is None or not arrival.schema.entities:
        return told
    job = job_queue.row(project_id=arrival.project_id, event=CLAIMED, subject=arrival.submission_pk)
    jobs = [*told.rows.get(job_queue.TABLE, ()), job]
    return replace(told, rows={**told.rows, job_queue.TABLE: jobs})


def apply_received(project_id: int, submission_pks: Sequence[uuid.UUID]) -> None:
    """What these records say of entities is applied; what waited for it follows by jobs."""
    with reading() as session:
        speaking = arrivals.speaking(session, project_id, submission_pks)
        records = intake.list_records(session, project_id, speaking) if speaking else frozenset()
    _settle(project_id, records)


def apply_waiting(project_id: int, go_on: Callable[[], None]) -> None:
    """What the worker has not come to yet, and what nothing came of so far, at once: for whoever
    brings entities beside the records that made them. Safe to be done again, as jobs are. `go_on`
    is called with each page; whatever it raises ends it."""
    after: uuid.UUID | None = None
    while True:
        with reading() as session:
            found = job_queue.list_subjects(session, project_id, _SPEAKING, after, PAGE)
        if not found:
            break
        go_on()
        apply_received(project_id, sorted({subject for _, subject in found}))
        after = found[-1][0]
    after = None
    while True:
        with reading() as session:
            left = arrivals.open_after(session, project_id, after, PAGE)
        if not left:
            return
        go_on()
        _settle_whole(project_id, left)
        after = left[-1]


def follow(project_id: int, submission_pks: Sequence[uuid.UUID]) -> None:
    """Lists on phones follow what became of these records."""
    with reading() as session:
        records = intake.list_records(session, project_id, submission_pks)
        found = by_record.of_records(session, project_id, records)
    if found:
        with unit_of_work() as session:
            changes.touch(session.connection(), project_id, found)


def force_backlog() -> None:
    """Once a day: what waited for days for something that never came is applied without it; what
    is nearest to its beginning first, so that the others may follow in order."""
    after = None
    while True:
        with reading() as session:
            late = arrivals.overdue(session, after)
        if not late:
            return
        _force(late)
        after = late[-1]


def _force(late: Sequence[tuple[int, uuid.UUID]]) -> None:
    for project_id in sorted({project_id for project_id, _ in late}):
        theirs = [record_pk for of, record_pk in late if of == project_id]
        for record in _in_order(_read(project_id, theirs)):
            _force_one(record)


def _force_one(record: _Record) -> None:
    """By force where it still waits; what waited for it at once, lest one that is late as well be
    forced before its turn. The jobs for those find their work done."""
    woken = _apply_one(record) or _apply_one(record, force=True)
    _settle_whole(record.project_id, woken)


def _settle_whole(project_id: int, record_pks: Sequence[uuid.UUID]) -> None:
    """These and whatever waits for them, now. It ends: who is woken, somebody applied wakes."""
    while record_pks:
        record_pks = _each_in_turn(_read(project_id, record_pks))


def apply_again(project_id: int, record_pks: Sequence[uuid.UUID]) -> None:
    """What they waited for has come, or a person mended what was in the way, or approved them."""
    _settle(project_id, record_pks)


def _settle(project_id: int, record_pks: Collection[uuid.UUID]) -> None:
    """What waits for these and is not one of them is tried by a job of its own, which stands in the
    transaction that makes it due: a kill between two records loses none."""
    _each_in_turn(_read(project_id, record_pks))


def _each_in_turn(records: Sequence[_Record]) -> list[uuid.UUID]:
    """Each once, by what is nearest to its beginning: a chain that came newest first follows in one
    go. Answers those that are waiting for what changed."""
    woken: set[uuid.UUID] = set()
    ahead = {record.record_pk for record in records}
    for record in _in_order(records):
        ahead.discard(record.record_pk)
        woken.update(_apply_one(record, ahead=ahead))
        crash_points.reached("after_entity")
    return sorted(woken)


def _apply_one(
    record: _Record, *, ahead: Collection[uuid.UUID] = (), force: bool = False
) -> list[uuid.UUID]:
    """Apply one record; answers those that waited for what it changed, which have jobs now.
    `ahead`: those that the job which runs tries after it."""
    with unit_of_work() as session:
        those = _write(session, record, force=force)
        return wake(session, record.project_id, those, but_for=ahead)


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What one version of a record claims: or the fault that keeps it from being read."""

    row: ForProjection
    claims: tuple[Claim, ...]
    fault: Fault | None = None


@dataclass(frozen=True, kw_only=True)
class _Record:
    """A record by its versions, as they followed one another; the last one stands.

    The first that can be applied is: what was filled in where the person was. Which of them the
    server had seen when it looked must not matter, for an edit may come before what it edits.
    """

    project_id: int
    record_pk: uuid.UUID
    chain: tuple[uuid.UUID, ...]
    """Its versions, those that say nothing of entities too."""
    versions: tuple[_Said, ...]

    @property
    def standing(self) -> uuid.UUID:
        return self.chain[-1]

    def approved(self, approved_pk: uuid.UUID | None) -> tuple[_Said, ...]:
        """What was approved: that version, or what the last one before it said of entities."""
        if approved_pk not in self.chain:
            return ()
        seen = self.chain[: self.chain.index(approved_pk) + 1]
        return tuple(one for one in self.versions if one.row.submission_pk in seen)[-1:]


def _read(project_id: int, record_pks: Collection[uuid.UUID]) -> list[_Record]:
    """In a few statements, however many; without those that nobody can read, that were removed, or
    that say nothing of entities."""
    if not record_pks:
        return []
    with reading() as session:
        standing = by_record.standing_records(session, project_id, record_pks)
        current = intake.list_for_projection(
            session, project_id, [submission for submission, _ in standing.values()]
        )
        replaced = intake.list_replaced(session, project_id, list(standing))
        versions_of: dict[uuid.UUID, list[ForProjection]] = defaultdict(list)
        for row in (*replaced, *current):
            versions_of[row.record_pk].append(row)
        chains = {record_pk: _chain(rows) for record_pk, rows in versions_of.items()}
        rows = [row for chain in chains.values() for row in chain]
        asked = {(row.version_pk, row.form_pk, row.version): row for row in rows}
        schemas = {key: _schema(session, row) for key, row in asked.items()}
    said: dict[uuid.UUID, list[_Said]] = defaultdict(list)
    for row in with_xml(project_id, rows):
        found = _said(row, schemas[row.version_pk, row.form_pk, row.version])
        if found is not None:
            said[row.record_pk].append(found)
    return [
        _Record(
            project_id=project_id,
            record_pk=record_pk,
            chain=tuple(row.submission_pk for row in chains[record_pk]),
            versions=tuple(versions),
        )
        for record_pk, versions in said.items()
    ]


def _chain(rows: Sequence[ForProjection]) -> list[ForProjection]:
    """Each version after the one that it edits, whenever they came."""
    by_id = {row.instance_id: row for row in rows}
    chain: list[ForProjection] = []
    at = next((row for row in rows if row.is_counted), None)
    while at is not None and at not in chain:
        chain.append(at)
        at = by_id.get(at.deprecated_id or "")
    return chain[::-1]


def _said(row: ForProjection, schema: FormSchema | None) -> _Said | None:
    if schema is None or not schema.entities:
        return None
    root = safe_xml.parse(row.xml)
    if xform_xml.is_encrypted(root):
        return None
    try:
        found = tuple(claims.read(root, schema.entities))
    except Refused as refused:
        return _Said(row=row, claims=(), fault=refused.fault)
    return _Said(row=row, claims=found) if found else None


def _schema(session: Session, row: ForProjection) -> FormSchema | None:
    version_pk = row.version_pk
    if version_pk is None:
        version_pk = forms.find_version_to_read_with(session, row.form_pk, row.version)
    return None if version_pk is None else forms.schema_of(session, version_pk)


def _in_order(records: Sequence[_Record]) -> list[_Record]:
    """What is nearest to its beginning first; of the same, what came first."""

    def base(record: _Record) -> int:
        found = [claim for said in record.versions for claim in said.claims]
        return min((claim.change.base_version or 0 for claim in found), default=0)

    return sorted(records, key=lambda one: (base(one), one.record_pk))


def _write(session: Session, record: _Record, *, force: bool) -> frozenset[bytes]:
    """Answers the stand-ins of entities that changed."""
    project_id, record_pk = record.project_id, record.record_pk
    names = {claim.list_name for said in record.versions for claim in said.claims}
    named = {name: lists.find(session, project_id, name) for name in names}
    connection = session.connection()
    if not intake.lock_counted(connection, project_id, [record.standing]):
        return frozenset()  # taken back, removed or replaced while it was read
    lists.lock(connection, project_id, {one.list_pk for one in named.values() if one})
    before = arrivals.find(session, project_id, record_pk)
    if before is not None and before.outcome is Outcome.APPLIED:
        return frozenset()
    approved_pk = before.approved_pk if before else None
    force = force or (approved_pk is not None and arrivals.is_late(before))
    tries = _try(connection, record, named, approved_pk=approved_pk, force=force)
    told = _outcome(tries)
    row: dict[str, Any] = {
        "project_id": project_id,
        "record_pk": record_pk,
        "submission_pk": told.said.row.submission_pk,
        "outcome": told.kind,
        "fault": told.fault.value if told.fault else None,
        "place": told.place,
        "held_since": before.held_since if before else None,
        "approved_pk": approved_pk,
        "looked_at": clock.now(),
    }
    if told.kind is not Outcome.APPLIED:
        if told.kind is Outcome.HELD:
            row["held_since"] = row["held_since"] or clock.now()
        awaited = frozenset[bytes]().union(*(one.batch.digests for one in tries if one.waits))
        arrivals.write(connection, row, awaited)
        return frozenset()
    those = told.batch.write(
        Source(
            actor_id=told.said.row.submitter_id,
            user_agent=intake.user_agent_of(connection, project_id, told.said.row.submission_pk),
            record_pk=record_pk,
            submission_pk=told.said.row.submission_pk,
        )
    )
    arrivals.write(connection, row)
    audit.record(
        connection,
        project_id=project_id,
        actor_id=told.said.row.submitter_id,
        action="entity.apply",
        subject=told.said.row.submission_pk,
        entities=len(those),
    )
    return those


@dataclass(frozen=True, kw_only=True)
class _Tried:
    """What would become of one version; nothing is written yet."""

    said: _Said
    batch: Batch
    kind: Outcome
    fault: Fault | None = None
    place: int | None = None

    @property
    def waits(self) -> bool:
        return self.kind in (Outcome.HELD, Outcome.UNAPPROVED) or self.fault in WAITS_TOO


def _try(
    connection: sa.Connection,
    record: _Record,
    named: Mapping[str, ListRef | None],
    *,
    approved_pk: uuid.UUID | None,
    force: bool,
) -> list[_Tried]:
    """Version by version, until one can be applied, or a person is to be asked. Of what she
    approved, nothing but what she saw."""
    tries: list[_Tried] = []
    approved = record.approved(approved_pk)
    for said in approved or record.versions:
        batch = Batch(connection, record.project_id, [claim.entity_id for claim in said.claims])
        tries.append(_decide(batch, said, named, is_approved=bool(approved), force=force))
        if tries[-1].kind in (Outcome.APPLIED, Outcome.UNAPPROVED):
            break
    return tries


def _outcome(tries: Sequence[_Tried]) -> _Tried:
    """What is said of the record: that it waits, if any version of it does."""
    if tries[-1].kind in (Outcome.APPLIED, Outcome.UNAPPROVED):
        return tries[-1]
    return next((one for one in tries if one.kind is Outcome.HELD), tries[-1])


def _decide(
    batch: Batch,
    said: _Said,
    named: Mapping[str, ListRef | None],
    *,
    is_approved: bool,
    force: bool,
) -> _Tried:
    """All claims of a version, in memory: the first that fails, waits or is not approved keeps
    the others back."""
    if said.fault is not None:
        return _Tried(said=said, batch=batch, kind=Outcome.FAILED, fault=said.fault)
    for place, claim in enumerate(said.claims, start=1):
        found, kind, fault = named[claim.list_name], Outcome.APPLIED, None
        try:
            if found is None or found.name != claim.list_name:
                raise Refused(Fault.NO_LIST)
            applied = batch.apply(found.list_pk, claim.entity_id, claim.change, force=force)
            if isinstance(applied, Hold):
                kind = Outcome.HELD
            elif found.approval_required and not is_approved and applied.version.number == 1:
                kind = Outcome.UNAPPROVED  # whatever made it: a creation, or an update by force
        except Refused as refused:
            if refused.fault is not Fault.EXISTS or not batch.adopt(claim.entity_id):
                kind, fault = Outcome.FAILED, refused.fault
        if kind is not Outcome.APPLIED:
            return _Tried(said=said, batch=batch, kind=kind, fault=fault, place=place)
    return _Tried(said=said, batch=batch, kind=Outcome.APPLIED)
