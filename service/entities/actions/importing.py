"""Many entities from a file: first what would happen, then that, and then back again if need be."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities import table_file
from service.entities.actions import repeating
from service.entities.actions.changing import note_import, record, wake
from service.entities.actions.planning import Changes, Planned, Preview, plan_rows
from service.entities.actions.seeing import may_see_names
from service.entities.actions.writing import Batch, Source
from service.entities.queries import changes, imports, lists, storing
from service.entities.queries.lists import ListRef
from service.entities.table_file import FaultyRow, FileRefused
from service.entities.versions import LABEL, Applied, Change, Refused
from service.foundation import clock, ids
from service.foundation.problems import (
    IMPORT_MOVED,
    IMPORT_REFUSED,
    INVALID_PARAMETER,
    NOT_FOUND,
    Problem,
)

MOST_TOLD = 100


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What it did; `import_pk` undoes it, None where nothing changed."""

    created: int
    changed: int
    same: int
    import_pk: uuid.UUID | None
    gone: int = 0


@dataclass(frozen=True, kw_only=True)
class Undone:
    """`left`: entities that stay as they are: somebody changed them since, or what they were can
    be read no more."""

    undone: int
    left: int


def preview(
    session: Session, actor: Actor, project_id: int, which: int | str, data: bytes
) -> Preview:
    """It leaves an entry, and of values that are not the caller's to see it does not say whether
    they are those of the file: who may not read a name could guess it here. Raises
    INVALID_PARAMETER for a file that is no table of this list."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.get(session, project_id, which)
    plan = _plan(session, ref, data, masked=_masked_for(actor, ref))
    record(session, actor, ref, "entity.preview", rows=len(plan.rows))
    return plan.preview


def _masked_for(actor: Actor, ref: ListRef) -> ListRef | None:
    """The list, where some of it may be hidden from the caller."""
    return None if may_see_names(actor, ref.project_id) else ref


def import_file(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    data: bytes,
    *,
    state: str | None = None,
    user_agent: str = "",
) -> Imported:
    """Bring a file in, all of it or nothing. `state`: what the preview said; without it the same
    bytes, sent again within minutes, make nothing twice. Rows whose values the caller may not see
    become a version each, whatever they say: neither the answer nor the entity tells whether a name
    was guessed. Raises IMPORT_REFUSED, INVALID_PARAMETER, IMPORT_MOVED where the list is another
    one than the preview saw."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.get(session, project_id, which)
    lists.lock(session, project_id, [ref.list_pk])
    plan = _plan(session, ref, data, masked=_masked_for(actor, ref))
    told = plan.preview
    is_unnamed = state is None and any(row.entity_id is None for row in plan.rows)
    came_by = repeating.stand_in(ref, data) if is_unnamed else None
    if came_by is not None and (done := repeating.find(session, actor, ref, came_by)):
        created, changed = done.created, done.changed
        return Imported(created=created, changed=changed, same=told.same, import_pk=done.import_pk)
    if state is not None and state != told.state:
        raise Problem(IMPORT_MOVED)
    if told.faulty:
        raise refusal(told.faulty)
    if not plan.changes:
        return Imported(created=0, changed=0, same=told.same, gone=told.gone, import_pk=None)
    import_pk = ids.new_uuid()
    source = Source(actor_id=actor.id, user_agent=user_agent, import_pk=import_pk)
    write(session, ref, plan.changes, source)
    created, changed = told.created, told.changed
    note_import(session, actor, ref, import_pk, created=created, changed=changed, came_by=came_by)
    record(session, actor, ref, "entity.import", created=created, changed=changed)
    return Imported(
        created=created, changed=changed, same=told.same, gone=told.gone, import_pk=import_pk
    )


def write(session: Session, ref: ListRef, changes: Changes, source: Source) -> None:
    """What was planned becomes versions; records that waited for it are tried again."""
    batch = Batch(session.connection(), ref.project_id, [key for key, _ in changes])
    for key, change in changes:
        batch.apply(ref.list_pk, key, change)
    wake(session, ref.project_id, batch.write(source))


def refusal(faulty: Sequence[FaultyRow]) -> Problem:
    """In the words of rows alone."""
    rows = [{"row": one.line, "fault": one.fault.value} for one in faulty[:MOST_TOLD]]
    return Problem(IMPORT_REFUSED, count=len(faulty), details=rows)


def _plan(session: Session, ref: ListRef, data: bytes, *, masked: ListRef | None) -> Planned:
    names = lists.property_names(session, ref.list_pk)
    try:
        rows, faulty = table_file.read(data, names)
    except FileRefused as refused:
        raise strange_file(refused) from None
    return plan_rows(session, ref.project_id, ref.list_pk, rows, faulty, masked=masked)


def strange_file(refused: FileRefused) -> Problem:
    reason = f"{refused.fault.value} {refused.column}".strip()
    return Problem(INVALID_PARAMETER, name="file", reason=reason)


def undo_import(
    session: Session, actor: Actor, project_id: int, which: int | str, import_pk: uuid.UUID
) -> Undone:
    """Delete what an import made and put back what it changed, unless somebody changed it since.
    Raises NOT_FOUND: also the second time."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.get(session, project_id, which)
    lists.lock(session, project_id, [ref.list_pk])
    taken = imports.take_import(session, project_id, import_pk)
    if taken is None or taken.list_pk != ref.list_pk:
        raise Problem(NOT_FOUND)
    theirs = [
        one for one in storing.of_import(session, project_id, import_pk) if one.deleted_at is None
    ]
    versions = storing.versions_of(session, project_id, [one.entity_pk for one in theirs])
    last = [one for one in theirs if versions[one.entity_pk][-1].import_pk == import_pk]
    made = [one for one in last if one.version == 1]
    changed = {one.entity_id: one for one in last if one.version > 1 and one.entity_id}
    storing.set_deleted(session, project_id, [one.entity_pk for one in made], clock.now())
    changes.touch(session, project_id, made)
    batch = Batch(session.connection(), project_id, list(changed))
    put_back = sum(_put_back(batch, ref, entity_id) for entity_id in changed)
    wake(session, project_id, batch.write(Source(actor_id=actor.id)))
    undone = len(made) + put_back
    told = Undone(undone=undone, left=len(theirs) - undone)
    record(session, actor, ref, "entity.undo_import", undone=told.undone, left=told.left)
    return told


def _put_back(batch: Batch, ref: ListRef, entity_id: uuid.UUID) -> bool:
    """False where it stays: nobody can read what it was."""
    now = batch.known(entity_id)
    if now is None:
        return False
    before, current = now.versions[-2].values, now.current
    said = {name: before.get(name, "") for name in current.received if name != LABEL}
    if before[LABEL] != current.values[LABEL]:
        said[LABEL] = before[LABEL]
    change = Change(received=said, updates=True, base_version=current.number)
    try:
        return isinstance(batch.apply(ref.list_pk, entity_id, change), Applied)
    except Refused:
        return False
