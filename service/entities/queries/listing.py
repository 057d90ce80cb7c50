"""Pages of a list: entities with their current versions, as lists show them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.accounts.tables import ActorRow
from service.entities.queries.filtering import LIVE, Which
from service.entities.queries.storing import (
    FOUND_NAMES,
    PAGE,
    VERSION_NAMES,
    Connected,
    Found,
    SealedVersion,
)
from service.entities.tables import Entity, EntityVersion


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An entity with its current version, as lists show it."""

    entity: Found
    current: SealedVersion
    creator_name: str


_STANDING = (
    sa.select(
        *(getattr(Entity, name).label(f"e_{name}") for name in FOUND_NAMES),
        *(getattr(EntityVersion, name).label(f"v_{name}") for name in VERSION_NAMES),
        ActorRow.display_name,
    )
    .join(
        EntityVersion,
        sa.and_(
            EntityVersion.project_id == Entity.project_id,
            EntityVersion.entity_pk == Entity.entity_pk,
            EntityVersion.number == Entity.version,
        ),
    )
    .outerjoin(ActorRow, ActorRow.id == Entity.creator_id)
)


def page_of(
    connection: Connected,
    project_id: int,
    list_pk: int,
    *,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = PAGE,
    newest_first: bool = False,
    which: Which = LIVE,
) -> list[Standing]:
    """One page of a list by key, in one statement."""
    query = (
        _STANDING.where(
            Entity.project_id == project_id,
            Entity.list_pk == list_pk,
            *which.clauses,
        )
        .order_by(Entity.entity_pk.desc() if newest_first else Entity.entity_pk)
        .limit(limit)
    )
    # Said of both sides of the join: else PostgreSQL, which may merge, reads all that came before
    # anew for each page.
    if after is not None:
        query = query.where(Entity.entity_pk > after, EntityVersion.entity_pk > after)
    if before is not None:
        query = query.where(Entity.entity_pk < before, EntityVersion.entity_pk < before)
    return [_standing(row) for row in connection.execute(query)]


_N, _M = len(FOUND_NAMES), len(VERSION_NAMES)


def _standing(row: Any) -> Standing:
    """By position: lists of ten thousand come this way."""
    values = tuple(row)
    entity = dict(zip(FOUND_NAMES, values[:_N], strict=True))
    version = dict(zip(VERSION_NAMES, values[_N : _N + _M], strict=True))
    entity["digest"] = bytes(entity["digest"])
    version["sealed"] = bytes(version["sealed"])
    version["conflicting"] = tuple(version["conflicting"])
    return Standing(
        entity=Found(**entity),
        current=SealedVersion(**version),
        creator_name=values[-1] or "",
    )


def pages_of(
    connection: Connected,
    project_id: int,
    list_pk: int,
    *,
    newest_first: bool = False,
    edge: uuid.UUID | None = None,
    which: Which = LIVE,
) -> Iterator[list[Standing]]:
    """The whole list, or what follows `edge` in its order, page by page."""
    while True:
        at: Mapping[str, Any] = {"before" if newest_first else "after": edge}
        page = page_of(
            connection,
            project_id,
            list_pk,
            newest_first=newest_first,
            which=which,
            **at,
        )
        if not page:
            return
        yield page
        edge = page[-1].entity.entity_pk


def pages_ordered(
    connection: Connected,
    project_id: int,
    list_pk: int,
    which: Which,
    order: Sequence[sa.ColumnElement[Any]],
) -> Iterator[list[Standing]]:
    """The whole list in another order, page by page: its keys first, 16 bytes each."""
    query = (
        sa.select(Entity.entity_pk)
        .where(Entity.project_id == project_id, Entity.list_pk == list_pk, *which.clauses)
        .order_by(*order, Entity.entity_pk.desc())
        .execution_options(yield_per=PAGE)
    )
    keys = b"".join(key.bytes for key in connection.execute(query).scalars())
    for at in range(0, len(keys), 16 * PAGE):
        page = [uuid.UUID(bytes=keys[n : n + 16]) for n in range(at, len(keys), 16)[:PAGE]]
        wanted = _STANDING.where(Entity.project_id == project_id, Entity.entity_pk.in_(page))
        found = {one.entity.entity_pk: one for one in map(_standing, connection.execute(wanted))}
        yield [found[key] for key in page if key in found]


def count(
    connection: Connected,
    project_id: int,
    list_pk: int,
    which: Which = LIVE,
    most: int | None = None,
) -> int:
    """Counted no further than `most`."""
    found = sa.select(Entity.entity_pk).where(
        Entity.project_id == project_id, Entity.list_pk == list_pk, *which.clauses
    )
    query = sa.select(sa.func.count()).select_from(found.limit(most).subquery())
    return connection.execute(query).scalar() or 0
