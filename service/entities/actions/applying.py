"""Records make and change entities: after their receipt, once each, in whatever order they come.

One transaction for a record, all of its entities or none. What builds on something that has not
come waits, and is tried again whenever an entity that it speaks of changes. What cannot be applied
is kept beside the record for people to see; the phone is told nothing of it.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from service.entities import claims
from service.entities.actions.writing import Batch, Source
from service.entities.claims import Claim
from service.entities.queries import arrivals, lists, storing
from service.entities.queries.lists import ListRef
from service.entities.tables import Outcome
from service.entities.versions import Fault, Hold, Refused
from service.facts import actions as facts
from service.forms import queries as forms
from service.forms.schema import FormSchema
from service.foundation import audit, clock, job_queue
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import safe_xml
from service.intake.actions.sealed import with_xml
from service.intake.arrival import Arrival, Told
from service.intake.queries import projecting as intake
from service.intake.queries.projecting import ForProjection
from service.intake.readers import xform_xml

WAITS_TOO = frozenset({Fault.UNKNOWN, Fault.NO_SUCH_VERSION, Fault.DELETED})
"""Faults that another record may mend: tried again when the entity changes."""


CLAIMED = "entity.claimed"
"""The event of a new record that brings its facts along and speaks of entities (`jobs.py`)."""


def at_once(arrival: Arrival) -> Told:
    """What intake stores with a new record: its facts, and the job by which entities follow."""
    told = facts.at_once(arrival)
    if not arrival.schema.entities:
        return told
    job = job_queue.row(project_id=arrival.project_id, event=CLAIMED, subject=arrival.submission_pk)
    return replace(told, rows={**told.rows, job_queue.TABLE: [job]})


def apply_received(project_id: int, submission_pks: Sequence[uuid.UUID]) -> None:
    """What these records say of entities is applied, and what waited for it."""
    with reading() as session:
        speaking = arrivals.speaking(session, project_id, submission_pks)
        rows = intake.list_for_projection(session, project_id, speaking) if speaking else []
    _settle(project_id, sorted({row.record_pk for row in rows}))


def follow(project_id: int, submission_pks: Sequence[uuid.UUID]) -> None:
    """Lists on phones follow what became of these records."""
    with reading() as session:
        records = intake.list_records(session, project_id, submission_pks)
        found = storing.of_records(session, project_id, records)
    if found:
        with unit_of_work() as session:
            lists.touch(session.connection(), project_id, {one.list_pk for one in found})


def force_backlog() -> None:
    """Once a day: what waited for days for something that never came is applied without it; what
    is nearest to its beginning first, so that the others may follow in order."""
    with reading() as session:
        late = arrivals.overdue(session)
    for project_id in sorted({project_id for project_id, _ in late}):
        theirs = [record_pk for of, record_pk in late if of == project_id]
        for record_pk in _in_order(project_id, theirs):
            _settle(project_id, [record_pk])
            _settle(project_id, _apply_one(project_id, record_pk, force=True))


def apply_again(project_id: int, record_pk: uuid.UUID) -> None:
    """A person mended what was in the way, or approved the record."""
    _settle(project_id, [record_pk])


def _settle(project_id: int, record_pks: Sequence[uuid.UUID]) -> None:
    waiting = deque(record_pks)
    while waiting:
        waiting.extend(_apply_one(project_id, waiting.popleft()))


def _apply_one(
    project_id: int, record_pk: uuid.UUID, *, force: bool = False
) -> Sequence[uuid.UUID]:
    """Apply one record; answers those that waited for what it changed."""
    record = _read(project_id, record_pk)
    if record is None:
        return ()
    with unit_of_work() as session:
        changed = _write(session, record, force=force)
        return arrivals.awaiting(session, project_id, changed) if changed else ()


@dataclass(frozen=True, kw_only=True)
class _Record:
    """A record as it stands now, and what it claims: or the fault that keeps it from being read."""

    row: ForProjection
    claims: tuple[Claim, ...]
    fault: Fault | None = None

    @property
    def project_id(self) -> int:
        return self.row.project_id


def _read(project_id: int, record_pk: uuid.UUID) -> _Record | None:
    """None where nobody can read it, it was removed, or it says nothing of entities."""
    with reading() as session:
        standing = arrivals.current_of(session, project_id, record_pk)
        rows = intake.list_for_projection(session, project_id, [standing] if standing else [])
        schemas = [_schema(session, row) for row in rows]
    for row in with_xml(project_id, rows):
        schema = schemas[0]
        root = safe_xml.parse(row.xml)
        if schema is None or not schema.entities or xform_xml.is_encrypted(root):
            return None
        try:
            found = tuple(claims.read(root, schema.entities))
        except Refused as refused:
            return _Record(row=row, claims=(), fault=refused.fault)
        return _Record(row=row, claims=found) if found else None
    return None


def _schema(session: Session, row: ForProjection) -> FormSchema | None:
    version_pk = row.version_pk
    if version_pk is None:
        version_pk = forms.find_version_to_read_with(session, row.form_pk, row.version)
    return None if version_pk is None else forms.schema_of(session, version_pk)


def _in_order(project_id: int, record_pks: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    def base(record_pk: uuid.UUID) -> int:
        record = _read(project_id, record_pk)
        found = record.claims if record else ()
        return min((claim.change.base_version or 0 for claim in found), default=0)

    return sorted(record_pks, key=lambda one: (base(one), one))


def _write(session: Session, record: _Record, *, force: bool) -> frozenset[bytes]:
    """Answers the stand-ins of entities that changed."""
    project_id, record_pk = record.project_id, record.row.record_pk
    named = {
        claim.list_name: lists.find(session, project_id, claim.list_name) for claim in record.claims
    }
    connection = session.connection()
    if not intake.lock_counted(connection, project_id, [record.row.submission_pk]):
        return frozenset()  # taken back, removed or replaced while it was read
    lists.lock(connection, project_id, {one.list_pk for one in named.values() if one})
    before = arrivals.find(session, project_id, record_pk)
    if before is not None and before.outcome is Outcome.APPLIED:
        return frozenset()
    row: dict[str, Any] = {
        "project_id": project_id,
        "record_pk": record_pk,
        "submission_pk": record.row.submission_pk,
        "fault": None,
        "place": None,
        "held_since": None,
        "is_approved": before is not None and before.is_approved,
        "looked_at": clock.now(),
    }
    batch = Batch(connection, project_id, [claim.entity_id for claim in record.claims])
    if record.fault is not None:
        arrivals.write(connection, {**row, "outcome": Outcome.FAILED, "fault": record.fault.value})
        return frozenset()
    outcome = _decide(batch, record, named, is_approved=row["is_approved"], force=force)
    if outcome.kind is not Outcome.APPLIED:
        since = before.held_since if before else None
        held = outcome.kind is Outcome.HELD
        told = {
            "outcome": outcome.kind,
            "fault": outcome.fault.value if outcome.fault else None,
            "place": outcome.place,
            "held_since": (since or clock.now()) if held else None,
        }
        waits = held or outcome.fault in WAITS_TOO
        arrivals.write(connection, {**row, **told}, batch.digests if waits else ())
        return frozenset()
    changed = batch.write(
        Source(
            actor_id=record.row.submitter_id,
            user_agent=intake.user_agent_of(connection, project_id, record.row.submission_pk),
            record_pk=record_pk,
            submission_pk=record.row.submission_pk,
        )
    )
    arrivals.write(connection, {**row, "outcome": Outcome.APPLIED})
    audit.record(
        connection,
        project_id=project_id,
        actor_id=record.row.submitter_id,
        action="entity.apply",
        subject=record.row.submission_pk,
        entities=len(changed),
    )
    return changed


@dataclass(frozen=True, kw_only=True)
class _Told:
    kind: Outcome
    fault: Fault | None = None
    place: int | None = None


def _decide(
    batch: Batch,
    record: _Record,
    named: Mapping[str, ListRef | None],
    *,
    is_approved: bool,
    force: bool,
) -> _Told:
    """All of a record's claims, in memory: the first that fails, waits or is not approved keeps
    the others back."""
    for place, claim in enumerate(record.claims, start=1):
        found = named[claim.list_name]
        try:
            if found is None or found.name != claim.list_name:
                raise Refused(Fault.NO_LIST)
            if found.approval_required and not is_approved and _would_create(batch, claim):
                return _Told(kind=Outcome.UNAPPROVED, place=place)
            if isinstance(
                batch.apply(found.list_pk, claim.entity_id, claim.change, force=force), Hold
            ):
                return _Told(kind=Outcome.HELD, place=place)
        except Refused as refused:
            return _Told(kind=Outcome.FAILED, fault=refused.fault, place=place)
    return _Told(kind=Outcome.APPLIED)


def _would_create(batch: Batch, claim: Claim) -> bool:
    return claim.change.creates and batch.found(claim.entity_id) is None
