"""How entities lie at rest: each version sealed under the entity's own key, bound to its number."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from service.entities.queries import storing
from service.entities.queries.listing import Standing
from service.entities.queries.storing import Found, SealedVersion
from service.entities.versions import Known, Values, Version
from service.foundation import keys
from service.foundation.sealing import DataClass, DataKey, Place, Unsealable, seal, unseal


def _place(project_id: int, entity_pk: uuid.UUID, number: int) -> Place:
    return Place(
        project_id=project_id,
        record=entity_pk,
        data_class=DataClass.IDENTITY,
        field=f"entity/{number}",
    )


def sealed(key: DataKey, project_id: int, entity_pk: uuid.UUID, version: Version) -> dict[str, Any]:
    """The columns of a version that say what it is; who made it and when, the caller adds."""
    said = json.dumps(
        {"values": dict(version.values), "received": dict(version.received)}, ensure_ascii=False
    )
    return {
        "project_id": project_id,
        "entity_pk": entity_pk,
        "number": version.number,
        "sealed": seal(key, _place(project_id, entity_pk, version.number), said.encode()),
        "base_version": version.base_version,
        "branch_id": version.branch_id,
        "trunk_version": version.trunk_version,
        "branch_base": version.branch_base,
        "conflicting": list(version.conflicting),
        "is_forced": version.is_forced,
    }


def opened(key: DataKey, project_id: int, row: SealedVersion) -> Version:
    """Raises Unsealable."""
    said = json.loads(unseal(key, _place(project_id, row.entity_pk, row.number), row.sealed))
    return Version(
        number=row.number,
        values=said["values"],
        received=said["received"],
        base_version=row.base_version,
        branch_id=row.branch_id,
        trunk_version=row.trunk_version,
        branch_base=row.branch_base,
        conflicting=row.conflicting,
        is_forced=row.is_forced,
    )


def known(
    connection: storing.Connected, project_id: int, found: Iterable[Found]
) -> dict[bytes, Known]:
    """Entities with all their versions, by their stand-ins. Those whose key was destroyed are left
    out, after an alarm: nothing can be added to what nobody can read."""
    rows = {one.entity_pk: one for one in found if one.key_pk is not None}
    held = keys.current().find_many(project_id, [one.key_pk for one in rows.values() if one.key_pk])
    versions = storing.versions_of(connection, project_id, rows)
    entities: dict[bytes, Known] = {}
    for entity_pk, one in rows.items():
        key = held.get(one.key_pk) if one.key_pk else None
        try:
            if key is None:
                raise Unsealable
            theirs = [opened(key, project_id, row) for row in versions[entity_pk]]
        except Unsealable:
            keys.unsealable(entity=str(entity_pk))
            continue
        entities[one.digest] = Known(versions=theirs, conflict=one.conflict)
    return entities


def with_values(project_id: int, page: Sequence[Standing]) -> Iterator[tuple[Standing, Values]]:
    """Each with what its current version holds; those that do not open are left out."""
    wanted = [one.entity.key_pk for one in page if one.entity.key_pk]
    held: Mapping[uuid.UUID, DataKey] = keys.current().find_many(project_id, wanted)
    for one in page:
        key = held.get(one.entity.key_pk) if one.entity.key_pk else None
        if key is None:
            continue
        try:
            yield one, opened(key, project_id, one.current).values
        except Unsealable:
            keys.unsealable(entity=str(one.entity.entity_pk))
