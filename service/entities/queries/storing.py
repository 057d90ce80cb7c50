"""Entities and their versions, sealed as they lie; `actions.opening` opens them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.entities.tables import Entity, EntityVersion
from service.entities.versions import Conflict
from service.foundation import keys
from service.foundation.db import Base
from service.foundation.prepared import InsertMany, Row

Connected = Session | sa.Connection
PAGE = 500
_ENTITIES = InsertMany(Base.metadata.tables[Entity.__tablename__])
_VERSIONS = InsertMany(Base.metadata.tables[EntityVersion.__tablename__])


def digest(project_id: int, entity_id: uuid.UUID) -> bytes:
    """Stands in for an entity's id, and outlives it."""
    return keys.current().stand_in("entity", project_id, entity_id.hex)


@dataclass(frozen=True, kw_only=True)
class Found:
    """An entity's own row."""

    entity_pk: uuid.UUID
    list_pk: int
    entity_id: uuid.UUID | None
    digest: bytes
    version: int
    conflict: Conflict | None
    resolved_to: int
    key_pk: uuid.UUID | None
    record_pk: uuid.UUID | None
    import_pk: uuid.UUID | None
    creator_id: int | None
    created_at: dt.datetime
    updated_at: dt.datetime | None
    deleted_at: dt.datetime | None
    erased_at: dt.datetime | None
    person_ordinal: int | None
    place: str | None


FOUND_NAMES = tuple(Found.__dataclass_fields__)
FOUND = sa.select(*(getattr(Entity, name) for name in FOUND_NAMES))


def found_of(row: Any) -> Found:
    values = dict(row._mapping)
    return Found(**{**values, "digest": bytes(values["digest"])})


def find_by_digest(
    connection: Connected, project_id: int, digests: Collection[bytes]
) -> dict[bytes, Found]:
    """Those that are there, deleted and erased ones too."""
    found: dict[bytes, Found] = {}
    for page in in_pages(sorted(digests)):
        query = FOUND.where(Entity.project_id == project_id, Entity.digest.in_(page))
        for row in connection.execute(query):
            one = found_of(row)
            found[one.digest] = one
    return found


@dataclass(frozen=True, kw_only=True)
class SealedVersion:
    """A version as it lies."""

    entity_pk: uuid.UUID
    number: int
    sealed: bytes = field(repr=False)
    base_version: int | None
    branch_id: uuid.UUID | None
    trunk_version: int | None
    branch_base: int | None
    conflicting: tuple[str, ...]
    is_forced: bool
    record_pk: uuid.UUID | None
    submission_pk: uuid.UUID | None
    import_pk: uuid.UUID | None
    creator_id: int | None
    user_agent: str
    created_at: dt.datetime


VERSION_NAMES = tuple(SealedVersion.__dataclass_fields__)
_VERSION = sa.select(*(getattr(EntityVersion, name) for name in VERSION_NAMES))


def _version(row: Any) -> SealedVersion:
    values = dict(row._mapping)
    return SealedVersion(
        **{
            **values,
            "sealed": bytes(values["sealed"]),
            "conflicting": tuple(values["conflicting"]),
        }
    )


def versions_of(
    connection: Connected, project_id: int, entity_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[SealedVersion]]:
    """All versions, from the first to the current one."""
    found: dict[uuid.UUID, list[SealedVersion]] = defaultdict(list)
    for page in in_pages(sorted(entity_pks)):
        query = _VERSION.where(
            EntityVersion.project_id == project_id, EntityVersion.entity_pk.in_(page)
        ).order_by(EntityVersion.entity_pk, EntityVersion.number)
        for row in connection.execute(query):
            one = _version(row)
            found[one.entity_pk].append(one)
    return found


def current_versions(
    connection: Connected, project_id: int, entity_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, SealedVersion]:
    """The current version of each; none of those that were erased."""
    is_current = sa.and_(
        Entity.project_id == EntityVersion.project_id,
        Entity.entity_pk == EntityVersion.entity_pk,
        Entity.version == EntityVersion.number,
    )
    found: dict[uuid.UUID, SealedVersion] = {}
    for page in in_pages(sorted(entity_pks)):
        query = _VERSION.join(Entity, is_current).where(
            EntityVersion.project_id == project_id, EntityVersion.entity_pk.in_(page)
        )
        found |= {row.entity_pk: _version(row) for row in connection.execute(query)}
    return found


# --- writing --------------------------------------------------------------------------------------
def insert(connection: sa.Connection, entities: Sequence[Row], versions: Sequence[Row]) -> None:
    _ENTITIES.run(connection, entities)
    _VERSIONS.run(connection, versions)


_advance = (
    sa.update(Entity.__table__)  # type: ignore[arg-type]
    .where(
        Entity.project_id == sa.bindparam("of_project"),
        Entity.entity_pk == sa.bindparam("of_entity"),
    )
    .values(
        version=sa.bindparam("now_version"),
        conflict=sa.bindparam("now_conflict"),
        resolved_to=sa.bindparam("now_resolved"),
        updated_at=sa.bindparam("now_at"),
        revision=sa.bindparam("now_revision"),
    )
)


def advance(connection: Connected, project_id: int, moved: Sequence[Mapping[str, Any]]) -> None:
    """Which version is current of each, and whether it is in conflict."""
    if moved:
        rows = [{"of_project": project_id, **one} for one in moved]
        connection.execute(_advance, rows)


def set_deleted(
    connection: Connected,
    project_id: int,
    entity_pks: Collection[uuid.UUID],
    at: dt.datetime | None,
) -> None:
    for page in in_pages(sorted(entity_pks)):
        connection.execute(
            sa.update(Entity)
            .where(Entity.project_id == project_id, Entity.entity_pk.in_(page))
            .values(deleted_at=at)
        )


_about = (
    sa.update(Entity.__table__)  # type: ignore[arg-type]
    .where(
        Entity.project_id == sa.bindparam("of_project"), Entity.digest == sa.bindparam("of_digest")
    )
    .values(person_ordinal=sa.bindparam("whom"), place=sa.bindparam("where"))
)


def tell_of_person(
    connection: Connected, project_id: int, told: Mapping[bytes, tuple[int, str]]
) -> None:
    """Stand-in of an entity -> whom of its record it is about, and where that person is visited."""
    rows = [
        {"of_project": project_id, "of_digest": digest, "whom": ordinal, "where": place}
        for digest, (ordinal, place) in told.items()
    ]
    if rows:
        connection.execute(_about, rows)


def tell_of_place(connection: Connected, project_id: int, told: Mapping[bytes, str]) -> None:
    """Stand-in of an entity that is about nobody -> the place that it is of."""
    for digest, place in told.items():
        connection.execute(
            sa.update(Entity)
            .where(Entity.project_id == project_id, Entity.digest == digest)
            .values(place=place)
        )


def placed_in(connection: Connected, project_id: int, list_pk: int) -> list[uuid.UUID]:
    """Entities of a list that are of a place and about nobody, and were not deleted."""
    query = sa.select(Entity.entity_id).where(
        Entity.project_id == project_id,
        Entity.list_pk == list_pk,
        Entity.place.is_not(None),
        Entity.person_ordinal.is_(None),
        Entity.deleted_at.is_(None),
        Entity.entity_id.is_not(None),
    )
    return [one for one in connection.execute(query).scalars() if one is not None]


def of_import(connection: Connected, project_id: int, import_pk: uuid.UUID) -> list[Found]:
    """Entities that an import made or changed last."""
    changed = sa.select(EntityVersion.entity_pk).where(
        EntityVersion.project_id == project_id, EntityVersion.import_pk == import_pk
    )
    query = FOUND.where(Entity.project_id == project_id, Entity.entity_pk.in_(changed))
    return [found_of(row) for row in connection.execute(query)]


def in_pages(values: Collection[Any]) -> Iterator[list[Any]]:
    held = list(values)
    yield from (held[at : at + PAGE] for at in range(0, len(held), PAGE))
