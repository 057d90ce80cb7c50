"""Entities as ODK Central writes them in JSON. Values that are not the reader's are null; a masked
label is the id, for clients want a text there and the id names nobody."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from service.accounts.queries.actors import ActorTold
from service.entities.actions import History, Seen, SeenVersion, Told
from service.entities.queries.lists import FormNamed, FormUse
from service.entities.queries.storing import Found, SealedVersion
from service.entities.snapshot import Row
from service.entities.versions import LABEL, FieldConflict, Values
from service.foundation import clock
from service.web.api import entity_bags
from service.web.api.schemas.central import ActorSchema

Actors = Mapping[int | None, ActorTold]


def dataset(told: Told) -> dict[str, Any]:
    forms: dict[str, list[dict[str, str]]] = {name: [] for name in told.names}
    for use in told.uses:
        for name in use.properties:
            forms.setdefault(name, []).append(_form(use))
    called = entity_bags.names(told.names)
    return {
        "name": told.ref.name,
        "projectId": told.ref.project_id,
        "createdAt": clock.iso(told.ref.created_at),
        "approvalRequired": told.ref.approval_required,
        "ownerOnly": False,
        "telling": told.ref.telling.value,
        "properties": [
            {
                "name": one.name,
                "odataName": called[one.name],
                "publishedAt": clock.iso(one.created_at),
                "forms": forms[one.name],
            }
            for one in told.properties
        ],
        "linkedForms": [_form(one) for one in told.readers],
        "sourceForms": [_form(one) for one in told.uses],
    }


OF_ONE = frozenset({"properties", "linkedForms", "sourceForms"})
"""Told of a list by itself alone, as Central does: pyODK reads no list of lists that has them."""


def among_others(told: Told) -> dict[str, Any]:
    return {name: value for name, value in dataset(told).items() if name not in OF_ONE}


def _form(one: FormUse | FormNamed) -> dict[str, str]:
    return {"xmlFormId": one.form_id, "name": one.title or one.form_id}


def with_numbers(told: Told) -> dict[str, Any]:
    """For `X-Extended-Metadata`."""
    counted = told.counted
    return {
        **dataset(told),
        "entities": counted.entities if counted else 0,
        "conflicts": counted.conflicts if counted else 0,
        "lastEntity": clock.iso(counted.last_at) if counted and counted.last_at else None,
    }


def entity(seen: Seen, actors: Actors | None = None) -> dict[str, Any]:
    """Of a list: without properties, as Central does. With `actors`, who made it, too."""
    label = _label(seen.entity, seen.values)
    current = version(seen.current, is_current=True, actors=actors)
    return {**_entity(seen.entity, actors), "currentVersion": {**current, "label": label}}


def one_entity(found: History, actors: Actors | None = None) -> dict[str, Any]:
    """By itself: with its properties."""
    current = one_version(found, found.current, actors)
    return {**_entity(found.entity, actors), "currentVersion": current}


def diffs(found: History) -> list[list[dict[str, Any]]]:
    """What each version but the first changed. Where values are not the reader's: nothing, for
    whoever may change an entity could otherwise try names until the answer is silent."""
    values = [(one.version.values if one.version else {}) for one in found.versions]
    return [
        [
            {"propertyName": name, "old": before.get(name), "new": now[name]}
            for name in now
            if now[name] != before.get(name)
        ]
        for before, now in itertools.pairwise(values)
    ]


def audits(found: History, dataset: str, actors: Actors | None = None) -> list[dict[str, Any]]:
    """What became of an entity, the newest first, in words of Central's log. Of values nothing."""
    named = {"uuid": str(found.entity.entity_id), "dataset": dataset}
    told = [
        {
            "actorId": one.row.creator_id or 0,
            "action": "entity.create" if one is found.versions[0] else "entity.update.version",
            "acteeId": None,
            "details": {"entity": named, "version": one.row.number},
            "notes": None,
            "loggedAt": clock.iso(one.row.created_at),
            **({} if actors is None else {"actor": _actor(actors, one.row.creator_id)}),
        }
        for one in found.versions
    ]
    return told[::-1]


def creators(found: Iterable[Seen | History]) -> set[int | None]:
    """Whose names the extended metadata hold."""
    ids: set[int | None] = set()
    for one in found:
        rows = [one.current] if isinstance(one, Seen) else [each.row for each in one.versions]
        ids |= {one.entity.creator_id, *(row.creator_id for row in rows)}
    return ids


def _actor(actors: Actors, actor_id: int | None) -> Any:
    return _ACTOR.dump(actors.get(actor_id))


_ACTOR = ActorSchema()


def one_version(found: History, one: SeenVersion, actors: Actors | None = None) -> dict[str, Any]:
    values = one.version.values if one.version else None
    received = one.version.received if one.version else None
    is_current = one.row.number == found.entity.version
    return {
        **version(one.row, is_current=is_current, actors=actors),
        "label": _label(found.entity, values),
        "data": _properties(values),
        "dataReceived": _properties(received),
    }


def _properties(values: Values | None) -> dict[str, str] | None:
    if values is None:
        return None
    return {name: value for name, value in values.items() if name != LABEL}


def _entity(found: Found, actors: Actors | None = None) -> dict[str, Any]:
    creator = {} if actors is None else {"creator": _actor(actors, found.creator_id)}
    return {
        **creator,
        "uuid": str(found.entity_id),
        "creatorId": found.creator_id or 0,
        "createdAt": clock.iso(found.created_at),
        "updatedAt": clock.iso(found.updated_at) if found.updated_at else None,
        "deletedAt": clock.iso(found.deleted_at) if found.deleted_at else None,
        "conflict": found.conflict,
    }


def version(
    row: SealedVersion, *, is_current: bool, actors: Actors | None = None
) -> dict[str, Any]:
    """`userAgent` is a text, always: pyodk refuses a list with a null in it."""
    return {
        **({} if actors is None else {"creator": _actor(actors, row.creator_id)}),
        "current": is_current,
        "version": row.number,
        "createdAt": clock.iso(row.created_at),
        "creatorId": row.creator_id or 0,
        "userAgent": row.user_agent,
        "baseVersion": row.base_version,
        "branchId": str(row.branch_id) if row.branch_id else None,
        "trunkVersion": row.trunk_version,
        "branchBaseVersion": row.branch_base,
        "conflictingProperties": list(row.conflicting) or None,
    }


def _label(found: Found, values: Values | None) -> str:
    return Row(entity_id=str(found.entity_id), version=1, values=values).label


def conflict(one: FieldConflict) -> dict[str, Any]:
    return {
        "name": one.name,
        "base": one.base,
        "theirs": one.theirs,
        "mine": one.mine,
        "now": one.now,
        "version": one.version,
    }


def table_row(seen: Seen, *, for_csv: bool = False) -> Row:
    """For files and OData."""
    found = seen.entity
    created, updated = clock.iso(found.created_at), found.updated_at
    return Row(
        entity_id=str(found.entity_id),
        version=seen.current.number,
        values=seen.values,
        system={
            "createdAt": created,
            "creatorId": str(found.creator_id or 0),
            "creatorName": seen.creator_name,
            "updates": seen.current.number - 1,
            "updatedAt": clock.iso(updated) if updated else (None if not for_csv else ""),
            "deletedAt": clock.iso(found.deleted_at) if found.deleted_at else None,
            "version": seen.current.number,
            "conflict": found.conflict,
        },
    )
