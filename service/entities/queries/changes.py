"""Which entities of a list changed since an app last asked, in an order that skips none.

Whoever changes entities locks their list (`lists.lock`) until the commit and counts its revision
up; entities carry the revision with which they changed. So revisions become visible in the order
in which they were given, on PostgreSQL too: none appears behind a place that an app has passed.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.entities.queries import lists, storing
from service.entities.queries.storing import PAGE, Connected, Found
from service.entities.tables import Entity, EntityVersion
from service.facts import queries as facts
from service.intake.tables import State, Submission


@dataclass(frozen=True, order=True)
class Position:
    """A place among the entities of a list, by what changed first."""

    revision: int
    entity_pk: uuid.UUID


BEGINNING = Position(-1, uuid.UUID(int=0))


@dataclass(frozen=True, kw_only=True)
class Changed:
    """An entity where it stands now, and where it stood when it was made."""

    entity: Found
    at: Position
    first: Position


def touch(connection: Connected, project_id: int, entities: Collection[Found]) -> None:
    """These entities are not what they were for those who hold them: nor are their lists."""
    by_list: dict[int, list[uuid.UUID]] = defaultdict(list)
    for one in entities:
        by_list[one.list_pk].append(one.entity_pk)
    for list_pk, revision in lists.touch(connection, project_id, by_list.keys()).items():
        held = sorted(by_list[list_pk])
        for page in (held[at : at + PAGE] for at in range(0, len(held), PAGE)):
            connection.execute(
                sa.update(Entity)
                .where(Entity.project_id == project_id, Entity.entity_pk.in_(page))
                .values(revision=revision)
            )


_COLUMNS = [getattr(Entity, name) for name in storing.FOUND_NAMES]


def page(
    connection: Connected, project_id: int, list_pk: int, after: Position, limit: int
) -> list[Changed]:
    """The next ones, deleted and erased ones too; by an index that begins there."""
    is_after = sa.or_(
        Entity.revision > after.revision,
        sa.and_(Entity.revision == after.revision, Entity.entity_pk > after.entity_pk),
    )
    query = (
        sa.select(*_COLUMNS, Entity.revision, Entity.first_revision)
        .where(
            Entity.project_id == project_id,
            Entity.list_pk == list_pk,
            Entity.revision >= after.revision,
            is_after,
        )
        .order_by(Entity.revision, Entity.entity_pk)
        .limit(limit)
    )
    return [_changed(row) for row in connection.execute(query)]


def ended(
    session: Session, project_id: int, list_pk: int, since: dt.date, until: dt.date, limit: int
) -> list[Changed]:
    """Those with a record whose people's consent was over by itself from `since` on, before
    `until`: nobody changed them."""
    records = sa.select(Submission.record_pk).where(
        Submission.project_id == project_id,
        Submission.state == State.CURRENT,
        Submission.submission_pk.in_(facts.over_between(project_id, since, until)),
    )
    given = sa.select(EntityVersion.entity_pk).where(
        EntityVersion.project_id == project_id, EntityVersion.record_pk.in_(records)
    )
    query = (
        sa.select(*_COLUMNS, Entity.revision, Entity.first_revision)
        .where(
            Entity.project_id == project_id,
            Entity.list_pk == list_pk,
            Entity.erased_at.is_(None),
            Entity.entity_pk.in_(given),
        )
        .order_by(Entity.entity_pk)
        .limit(limit)
    )
    return [_changed(row) for row in session.execute(query)]


def _changed(row: Any) -> Changed:
    *values, revision, first = row
    found = Found(**dict(zip(storing.FOUND_NAMES, values, strict=True)))
    return Changed(
        entity=found,
        at=Position(revision, found.entity_pk),
        first=Position(first, found.entity_pk),
    )
