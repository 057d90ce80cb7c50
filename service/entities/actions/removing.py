"""Entities are taken out of their list, and put back: one, or many at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities.actions.changing import record, wake
from service.entities.actions.seeing import demand_seen
from service.entities.queries import changes, lists, storing
from service.entities.queries.lists import ListRef
from service.entities.queries.storing import Found
from service.foundation import clock
from service.foundation.problems import NOT_FOUND, Problem


def delete(
    session: Session, actor: Actor, project_id: int, which: int | str, entity_id: uuid.UUID
) -> None:
    """Take it out of every list; phones forget it. It can be put back for 30 days, or while a
    record that gave to it is here. Raises NOT_FOUND, ENTITY_MASKED."""
    if not delete_many(session, actor, project_id, which, [entity_id]):
        raise Problem(NOT_FOUND)


def delete_many(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    entity_ids: Collection[uuid.UUID],
) -> int:
    """The same of many, all or none; answers how many. Those that are not there are passed over.
    Raises ENTITY_MASKED."""
    ref, there = _locked(session, actor, project_id, which, entity_ids)
    found = [one for one in there if one.deleted_at is None]
    if found:
        demand_seen(session, actor, ref, found)
        storing.set_deleted(session, project_id, [one.entity_pk for one in found], clock.now())
        changes.touch(session, project_id, found)
        record(session, actor, ref, "entity.delete", entities=len(found))
    return len(found)


def restore(
    session: Session, actor: Actor, project_id: int, which: int | str, entity_id: uuid.UUID
) -> None:
    """Put back what was deleted. Raises NOT_FOUND: what was taken back by its person is gone."""
    if not restore_many(session, actor, project_id, which, [entity_id]):
        raise Problem(NOT_FOUND)


def restore_many(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    entity_ids: Collection[uuid.UUID],
) -> int:
    """The same of many; answers how many. Those that are there, or gone, are passed over."""
    ref, there = _locked(session, actor, project_id, which, entity_ids)
    found = [one for one in there if one.deleted_at is not None]
    if found:
        storing.set_deleted(session, project_id, [one.entity_pk for one in found], None)
        changes.touch(session, project_id, found)
        wake(session, project_id, [one.digest for one in found])
        record(session, actor, ref, "entity.restore", entities=len(found))
    return len(found)


def _locked(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    entity_ids: Collection[uuid.UUID],
) -> tuple[ListRef, list[Found]]:
    """The list, locked, and those of these entities that are its own, deleted ones too; none of
    another list, none that was taken back."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.get(session, project_id, which)
    lists.lock(session, project_id, [ref.list_pk])
    digests = [storing.digest(project_id, one) for one in entity_ids]
    found = storing.find_by_digest(session, project_id, digests).values()
    return ref, [one for one in found if one.list_pk == ref.list_pk and one.erased_at is None]
