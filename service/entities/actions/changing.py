"""People and scripts make and change entities, and settle what two changed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities.actions import repeating
from service.entities.actions.seeing import demand_to_add
from service.entities.actions.writing import Batch, Source
from service.entities.claims import entity_id as parsed_id
from service.entities.queries import arrivals, imports, lists
from service.entities.queries.lists import ListRef
from service.entities.versions import (
    LABEL,
    Change,
    Fault,
    Known,
    Refused,
    Side,
    conflicts,
    resolution,
)
from service.foundation import audit, clock, ids, job_queue
from service.foundation.problems import (
    ALREADY_EXISTS,
    ENTITY_INVALID,
    ENTITY_NOT_APPLIED,
    ENTITY_NOT_CONTRADICTED,
    ENTITY_VERSION_CONFLICT,
    ENTITY_WAS_DELETED,
    INVALID_PARAMETER,
    NOT_FOUND,
    Problem,
)

WAITING = "entity.awaited"
"""The event after which a record that waited for an entity is tried again (`jobs/handlers.py`)."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """An entity as somebody gives it. Without an id it gets one."""

    entity_id: uuid.UUID
    label: str = field(repr=False)
    data: Mapping[str, str] = field(repr=False)


def given(entity_id: str | None, label: str, data: Mapping[str, str]) -> Given:
    """Raises INVALID_PARAMETER."""
    try:
        key = uuid.uuid4() if entity_id is None else parsed_id(entity_id)
    except Refused:
        raise Problem(INVALID_PARAMETER, name="uuid", reason="a UUID of version 4") from None
    if not label.strip():
        raise Problem(INVALID_PARAMETER, name="label", reason="not empty")
    return Given(entity_id=key, label=label, data=data)


def create(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    entities: Sequence[Given],
    *,
    user_agent: str = "",
    at_once: bool = False,
    body: bytes | None = None,
) -> uuid.UUID | None:
    """Make entities, all or none; `at_once`: as an import, whose id is answered and which can be
    undone. `body`: the bytes that asked for it, where they name no entity: what they made minutes
    ago they do not make again. Raises INVALID_PARAMETER, ALREADY_EXISTS, ENTITY_MASKED."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.get(session, project_id, which)
    demand_properties(session, ref, {name for one in entities for name in one.data})
    import_pk = ids.new_uuid() if at_once else None
    lists.lock(session, project_id, [ref.list_pk])
    came_by = None if body is None else repeating.stand_in(ref, body)
    if came_by is not None and (done := repeating.find(session, actor, ref, came_by)):
        return done.import_pk
    demand_to_add(session, actor, ref)
    batch = Batch(session.connection(), project_id, [one.entity_id for one in entities])
    for one in entities:
        said = {LABEL: one.label, **one.data}
        try:
            batch.apply(ref.list_pk, one.entity_id, Change(received=said, creates=True))
        except Refused as refused:
            if refused.fault is Fault.DELETED:
                gone = {"uuids": str(one.entity_id)}
                raise Problem(ENTITY_WAS_DELETED, **gone, details=gone) from None
            raise Problem(ALREADY_EXISTS, what=f"Entity {one.entity_id}") from None
    source = Source(actor_id=actor.id, user_agent=user_agent, import_pk=import_pk)
    wake(session, project_id, batch.write(source))
    if import_pk is not None:
        note_import(
            session, actor, ref, import_pk, created=len(entities), changed=0, came_by=came_by
        )
    record(session, actor, ref, "entity.create", entities=len(entities))
    return import_pk


def update(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    entity_id: uuid.UUID,
    said: Mapping[str, str],
    *,
    base_version: int | None,
    force: bool = False,
    resolves: bool = False,
    user_agent: str = "",
) -> None:
    """Change an entity; `said`: properties, and LABEL. `resolves`: what two changed is settled by
    this. Raises ENTITY_VERSION_CONFLICT where it is not at `base_version`, unless by force, and
    ENTITY_NOT_CONTRADICTED where nothing is to be settled."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref, batch, known = _held(session, project_id, which, entity_id)
    if resolves and known.conflict is None:
        raise Problem(ENTITY_NOT_CONTRADICTED)
    demand_properties(session, ref, said.keys() - {LABEL})
    if LABEL in said and not said[LABEL].strip():
        raise Problem(INVALID_PARAMETER, name="label", reason="not empty")
    current = known.current.number
    if not force and base_version != current:
        raise Problem(ENTITY_VERSION_CONFLICT, current=current, given=base_version or "-")
    if said:
        _apply(batch, ref, entity_id, said, current)
    if resolves:
        batch.settle(entity_id)
    wake(session, project_id, batch.write(Source(actor_id=actor.id, user_agent=user_agent)))
    action = "entity.resolve" if resolves else "entity.update"
    record(session, actor, ref, action, entities=1)


def resolve(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    entity_id: uuid.UUID,
    chosen: Mapping[str, Side],
    *,
    base_version: int | None,
    user_agent: str = "",
) -> None:
    """Settle what two changed, field by field: base, theirs, mine or now. Fields that nobody chose
    for stay as they are. `base_version`: what the caller saw."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    _, batch, known = _held(session, project_id, which, entity_id)
    found = batch.found(entity_id)
    open_ones = conflicts(known.versions, found.resolved_to if found else 0)
    strange = chosen.keys() - {one.name for one in open_ones}
    if strange:
        raise Problem(INVALID_PARAMETER, name=min(strange), reason="nothing to decide there")
    update(
        session,
        actor,
        project_id,
        which,
        entity_id,
        resolution(open_ones, chosen),
        base_version=base_version,
        resolves=known.conflict is not None,  # else there is nothing left to settle
        user_agent=user_agent,
    )


def approve(session: Session, actor: Actor, project_id: int, record_pk: uuid.UUID) -> None:
    """What a record says of lists that want approval, as it stands now, may be applied. Raises
    NOT_FOUND where nothing of it waits."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    current = arrivals.current_of(session, project_id, record_pk)
    if current is None or not follow_approval(session, actor, project_id, record_pk, current):
        raise Problem(NOT_FOUND)


def follow_approval(
    session: Session,
    actor: Actor,
    project_id: int,
    record_pk: uuid.UUID,
    submission_pk: uuid.UUID,
) -> bool:
    """The same for whoever was asked already whether she may approve the record (`review`), of the
    version that she looked at; answers whether anything of it waited."""
    if not arrivals.approve(session, project_id, record_pk, submission_pk):
        return False
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="entity.approve",
        subject=record_pk,
    )
    job_queue.enqueue(session, project_id=project_id, event=WAITING, subject=record_pk)
    return True


def retry(session: Session, actor: Actor, project_id: int, record_pk: uuid.UUID) -> None:
    """Try a record again that could not be applied. Raises NOT_FOUND."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    found = arrivals.find(session, project_id, record_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    job_queue.enqueue(session, project_id=project_id, event=WAITING, subject=record_pk)


# --- shared with imports --------------------------------------------------------------------------
def demand_properties(session: Session, ref: ListRef, names: set[str]) -> None:
    """Raises ENTITY_INVALID for what is no property of the list."""
    strange = names - set(lists.property_names(session, ref.list_pk))
    if strange:
        name = min(strange)
        raise Problem(ENTITY_INVALID, reason=f"“{name[:80]}” is no property of “{ref.name}”")


def wake(
    session: Session,
    project_id: int,
    digests: Collection[bytes],
    *,
    but_for: Collection[uuid.UUID] = (),
) -> list[uuid.UUID]:
    """Records that waited for one of these are tried again, after this transaction; answers which.
    `but_for`: those that the caller tries by itself, by a job that is still there."""
    waiting = arrivals.awaiting(session, project_id, digests) if digests else []
    woken = [record_pk for record_pk in waiting if record_pk not in but_for]
    wake_records(session, project_id, woken)
    return woken


def wake_records(session: Session, project_id: int, record_pks: Sequence[uuid.UUID]) -> None:
    """These are tried again, after this transaction."""
    for record_pk in record_pks:
        job_queue.enqueue(session, project_id=project_id, event=WAITING, subject=record_pk)


def record(session: Session, actor: Actor, ref: ListRef, action: str, **details: object) -> None:
    """An entry: how many entities of which list, never which."""
    audit.record(
        session,
        actor_id=actor.id,
        action=action,
        subject=f"entity-list:{ref.list_pk}",
        project_id=ref.project_id,
        **details,
    )


def note_import(
    session: Session,
    actor: Actor,
    ref: ListRef,
    import_pk: uuid.UUID,
    *,
    created: int,
    changed: int,
    came_by: bytes | None = None,
) -> None:
    imports.insert_import(
        session,
        {
            "project_id": ref.project_id,
            "import_pk": import_pk,
            "list_pk": ref.list_pk,
            "created": created,
            "changed": changed,
            "actor_id": actor.id,
            "imported_at": clock.now(),
            "came_by": came_by,
        },
    )


def _held(
    session: Session, project_id: int, which: int | str, entity_id: uuid.UUID
) -> tuple[ListRef, Batch, Known]:
    """The entity, its list locked. Raises NOT_FOUND."""
    ref = lists.get(session, project_id, which)
    lists.lock(session, project_id, [ref.list_pk])
    batch = Batch(session.connection(), project_id, [entity_id])
    found, known = batch.found(entity_id), batch.known(entity_id)
    if found is None or known is None or found.list_pk != ref.list_pk or found.deleted_at:
        raise Problem(NOT_FOUND)
    return ref, batch, known


def _apply(
    batch: Batch, ref: ListRef, entity_id: uuid.UUID, said: Mapping[str, str], base: int
) -> None:
    change = Change(received=dict(said), updates=True, base_version=base)
    try:
        batch.apply(ref.list_pk, entity_id, change)
    except Refused as refused:
        if refused.fault in (Fault.DELETED, Fault.ERASED):
            raise Problem(NOT_FOUND) from None
        raise Problem(ENTITY_NOT_APPLIED, reason=refused.fault.value) from None
