"""Copies that contradict what stands are settled, once somebody has compared them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.reach import Thing
from service.entities.queries import erasing as entities
from service.foundation import audit, clock, ids
from service.foundation.problems import COPY_SETTLED, COPY_WITHOUT_RECORD, NOT_FOUND, Problem
from service.intake.actions import late_edits, reading_again, versions
from service.intake.actions.reading_again import ReadAgain
from service.intake.actions.receipts import reproject
from service.intake.edit_rules import LINKED_LATER, Reason
from service.intake.queries import copies, receiving, trash
from service.intake.queries.trash import Version
from service.review import queries
from service.review.actions import deciding
from service.review.queries import changes as history
from service.review.queries import records
from service.review.states import ReviewState, What


def set_aside(session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID) -> None:
    """Keep what stands. The copy waits no more, and does not come back when it is sent again; it is
    kept as removed records are. Raises NOT_FOUND; COPY_SETTLED where somebody was first."""
    _demand(session, actor, Act.RECORD_REMOVE, project_id, submission_pk)
    if not copies.set_aside(session, project_id, submission_pk, clock.now()):
        raise Problem(COPY_SETTLED)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="copy.set_aside",
        subject=submission_pk,
    )


def wait_again(session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID) -> None:
    """Undo that. What waits for no person takes its place now if what it waits for has come."""
    _demand(session, actor, Act.RECORD_REMOVE, project_id, submission_pk)
    if not copies.wait_again(session, project_id, submission_pk):
        raise Problem(COPY_SETTLED)
    reproject(session.connection(), project_id, submission_pk)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="copy.restore",
        subject=submission_pk,
    )


def put_in_place(session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID) -> None:
    """Make the copy the present version of the record that it contradicts. What stood stays as an
    older version, whole. Raises NOT_FOUND; COPY_SETTLED; COPY_WITHOUT_RECORD where it names no
    record that stands here."""
    _demand(session, actor, Act.SUBMISSION_EDIT, project_id, submission_pk)
    copy = copies.find_copy(session, project_id, submission_pk)
    if copy is None or copy.deleted_at is not None:
        raise Problem(COPY_SETTLED)
    record = records.find(session, project_id, copy.form_pk, copy.names)
    if record is None:
        raise Problem(COPY_WITHOUT_RECORD)
    connection = session.connection()
    stands = _locked(session, actor, project_id, record.current.submission_pk)[-1]
    row = receiving.lock_waiting(connection, project_id, submission_pk)
    if row is None:
        raise Problem(COPY_SETTLED)
    versions.put_in_place(connection, project_id, row, stands, f"uuid:{ids.new_uuid()}")
    entities.hand_over(connection, project_id, submission_pk, submission_pk, stands.record_pk)
    _note(session, actor, project_id, stands.record_pk, submission_pk, ReviewState.EDITED)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="copy.put_in_place",
        subject=submission_pk,
        reason=row.reason or "",
        replaced=str(stands.submission_pk),
    )


def take_out(session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID) -> None:
    """Undo that, while nothing has replaced the copy since: what stood stands again, and the copy
    waits. Raises NOT_FOUND, COPY_SETTLED."""
    _demand(session, actor, Act.SUBMISSION_EDIT, project_id, submission_pk)
    connection = session.connection()
    held = _locked(session, actor, project_id, submission_pk)
    row = copies.lock_placed(connection, project_id, submission_pk)
    before = next((one for one in held if row and one.instance_id == row.deprecated_id), None)
    said = reading_again.find(session, project_id, submission_pk)
    if row is None or before is None or said is None:
        raise Problem(COPY_SETTLED)
    versions.take_out(
        connection,
        project_id,
        row,
        before,
        instance_id=said.instance_id,
        deprecated_id=_edited(row, said, held),
    )
    _wait_for(connection, project_id, submission_pk)
    entities.hand_over(connection, project_id, submission_pk, before.record_pk, submission_pk)
    is_first = before.submission_pk == before.record_pk
    state = None if is_first else ReviewState.EDITED
    _note(session, actor, project_id, before.record_pk, before.submission_pk, state)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="copy.take_out",
        subject=submission_pk,
        stands=str(before.submission_pk),
    )


def _edited(row: Any, said: ReadAgain, held: Sequence[Version]) -> str | None:
    """What a copy says that it edits. Of a sealed one that may stand inside alone: an edit it was
    if it brought an ID that its record had not."""
    if row.sealed_to is None:
        return said.deprecated_id
    came_as_another = row.instance_id != said.instance_id and said.instance_id in {
        one.instance_id for one in held
    }
    return None if came_as_another else row.deprecated_id


def _wait_for(connection: Any, project_id: int, submission_pk: uuid.UUID) -> None:
    """Why it waits, by what stands now."""
    copy = receiving.lock_waiting(connection, project_id, submission_pk)
    base = None
    if copy.deprecated_id is not None:
        base = receiving.find_stored(connection, project_id, copy.form_pk, copy.deprecated_id)
    reason = late_edits.decide_again(connection, project_id, copy, base).reason
    if reason is None or reason in LINKED_LATER:  # a person decides, whatever came meanwhile
        reason = Reason.SUPERSEDED_BASE
    receiving.change(connection, project_id, submission_pk, reason=reason)


def _note(
    session: Session,
    actor: Actor,
    project_id: int,
    record_pk: uuid.UUID,
    submission_pk: uuid.UUID,
    state: ReviewState | None,
) -> None:
    """The last word on the record is of this version, and of now: whoever asks for what changed
    since is told of it, though the version came long ago."""
    deciding.write_down(session, project_id, record_pk, submission_pk, state, actor.id)
    history.insert(session, project_id, record_pk, submission_pk, What.REOPENED, actor.id)


def _demand(
    session: Session, actor: Actor, act: Act, project_id: int, submission_pk: uuid.UUID
) -> None:
    policy.demand(actor, act, project_id)
    thing = queries.find_thing(session, project_id, submission_pk)
    if thing is None:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, act, project_id, thing)


def _locked(
    session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID
) -> Sequence[Version]:
    """The versions of a record that the actor may edit, locked; the one that stands is the last.
    Raises COPY_SETTLED for what is no record that stands."""
    held = sorted(
        trash.lock_versions(session, project_id, submission_pk), key=lambda one: one.is_current
    )
    if not held or held[-1].deleted_at is not None:
        raise Problem(COPY_SETTLED)
    first = next(one for one in held if one.submission_pk == one.record_pk)
    thing = Thing(place=held[-1].place, sender=first.submitter_id, record=first.record_pk)
    policy.demand_thing(actor, Act.SUBMISSION_EDIT, project_id, thing)
    return held
