"""Where a pull of JSON sync ended, as a text that apps keep and do not read.

It is signed for its caller: the token of a found phone lists nothing of what was sent before,
for without a cursor of its own a phone's first pull begins now.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from service.accounts.actor import Actor
from service.entities.actions import Place
from service.entities.queries.changes import Position
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.foundation.sealing import pseudonym
from service.intake.queries import changes
from service.web import asking


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The last change that was told, which forms were, and where the caller is in each list."""

    at: dt.datetime
    key: uuid.UUID = changes.NO_KEY
    forms: str = ""
    lists: Mapping[int, Place] = field(default_factory=dict)


def written(cursor: Cursor, actor: Actor, project_id: int) -> str:
    places = [
        [list_pk, one.extent, one.properties, one.begun, one.at.revision, one.at.entity_pk.hex,
         one.day.isoformat()]
        for list_pk, one in sorted(cursor.lists.items())
    ]  # fmt: skip
    told = json.dumps([cursor.at.isoformat(), cursor.key.hex, cursor.forms, places])
    signed = json.dumps([told, _signature(told, actor, project_id)])
    return base64.urlsafe_b64encode(signed.encode()).decode()


def read(text: str | None, actor: Actor, project_id: int, now: dt.datetime) -> Cursor:
    """Raises INVALID_PARAMETER for what this caller was never answered."""
    if text is None:
        return Cursor(at=changes.BEGINNING if actor.device is None else now)
    try:
        told, signature = orjson.loads(base64.urlsafe_b64decode(text.encode()))
        if not hmac.compare_digest(signature, _signature(told, actor, project_id)):
            raise ValueError("signature")
        at, key, forms, *places = json.loads(told)  # those of before tell of no lists
        return Cursor(
            at=dt.datetime.fromisoformat(at),
            key=uuid.UUID(hex=key),
            forms=forms,
            lists={list_pk: _place(*rest) for list_pk, *rest in (places[0] if places else ())},
        )
    except (ValueError, TypeError, binascii.Error):
        raise Problem(
            INVALID_PARAMETER, name="cursor", reason="give one that you were answered, or none"
        ) from None


def _place(extent: str, properties: str, begun: int, revision: int, key: str, day: str) -> Place:
    return Place(
        extent=extent,
        properties=properties,
        begun=begun,
        at=Position(revision, uuid.UUID(hex=key)),
        day=dt.date.fromisoformat(day),
    )


def entity_id(entity_pk: uuid.UUID, actor: Actor, project_id: int) -> str:
    """By what one caller knows an entity. It outlives the entity, whose own id goes with its
    person, and tells another caller nothing."""
    key = asking.settings().secrets.page_key
    return pseudonym(key, "entity", str(project_id), str(actor.id), entity_pk.hex)


def _signature(told: str, actor: Actor, project_id: int) -> str:
    key = asking.settings().secrets.page_key
    return pseudonym(key, "cursor", str(project_id), str(actor.id), told)
