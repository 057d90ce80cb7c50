"""`GET /v1/projects/{pid}/sync`: what changed for an app since it last asked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities import actions as entities
from service.entities.actions import ListTold
from service.entities.actions.pulling import Pulled, Told
from service.forms import queries as forms
from service.forms.queries import OfferedForm
from service.foundation import clock
from service.foundation.db import reading, settled, unit_of_work
from service.foundation.sealing import md5_hex
from service.intake.queries import changes
from service.intake.queries.changes import STORED, Change
from service.review.queries import changes as history
from service.review.queries import stages
from service.review.states import Stage, What
from service.web import asking, identify
from service.web.api import cursors
from service.web.api.cursors import Cursor
from service.web.api.schemas.sync import PulledSchema, PullQuery
from service.web.identify import allows
from service.web.openrosa import addresses

blp = Blueprint("changes", __name__, description="What changed for an app since it last asked")


@blp.route("/v1/projects/<int:project_id>/sync", methods=["GET"])
@allows(Act.SUBMISSION_SEND)
@blp.arguments(PullQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, PulledSchema)
def pull(query: dict[str, Any], project_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """States of the caller's own items, what the office found in them, the forms to fetch, and
    entities of the lists that it may hold, where they changed. A change may be told twice; none is
    left out."""
    actor, limit, until = identify.actor(), query["limit"], settled()
    cursor = cursors.read(query["cursor"], actor, project_id, until)
    with reading() as session:
        found = changes.list_changes(
            session,
            project_id,
            actor.id,
            (cursor.at, cursor.key),
            until,
            limit + 1,
            actor.form_ids,
        )
        offered = forms.list_open_forms(session, project_id, actor.form_ids)
        looks = _looks(session, project_id, found[:limit])
    digest = _digest(offered)
    told: list[dict[str, Any]] = []
    if digest != cursor.forms:
        told.append({"type": "forms", "forms": [_form(form) for form in offered]})
    told += [_item(change, looks.get(change.submission_pk)) for change in found[:limit]]
    pulled = _entities(actor, project_id, offered, cursor, limit - len(found))
    told += [_entity(one, actor, project_id) for one in pulled.told]
    last = found[:limit][-1] if found else None
    end = Cursor(
        at=last.changed_at if last else cursor.at,
        key=last.submission_pk if last else cursor.key,
        forms=digest,
        lists=pulled.places,
    )
    body = {
        "changes": told,
        "cursor": cursors.written(end, actor, project_id),
        "more": pulled.more,
    }
    return body, 200, {"Cache-Control": "no-store"}  # there may be names in it


def _entities(
    actor: Actor, project_id: int, offered: Sequence[OfferedForm], cursor: Cursor, room: int
) -> Pulled:
    """After the items, if there is room. What a phone fetched is known when it is lost, and the log
    says each time that it did."""
    if room <= 0:
        return Pulled(places=dict(cursor.lists), more=True)
    versions = [form.version_pk for form in offered]
    pulled = entities.pull(actor, project_id, versions, cursor.lists, room)
    if pulled.fetched:
        with unit_of_work() as session:
            for ref, number in pulled.fetched.items():
                entities.note_fetched(session, actor, ref, number)
    return pulled


def _digest(offered: Sequence[OfferedForm]) -> str:
    return md5_hex("\n".join(f"{form.version_pk} {form.md5}" for form in offered).encode())


def _form(form: OfferedForm) -> dict[str, str]:
    return {
        "form_id": form.form_id,
        "version": form.version,
        "title": form.title,
        "hash": f"md5:{form.md5}",
        "download_url": addresses.form_url(asking.base_url(), form),
    }


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the office has found so far, as its app is told: never who, nor in what words."""

    stage: Stage
    reasons: tuple[str, ...] = ()


def _looks(session: Any, project_id: int, found: Sequence[Change]) -> dict[uuid.UUID, Look]:
    """Of those that stand, two statements at most."""
    keys = [one.submission_pk for one in found if one.status == STORED]
    if not keys:
        return {}
    told = stages.list_stages(session, project_id, keys)
    returned = [one.record_pk for one in told.values() if one.stage is Stage.RETURNED]
    said = history.last_of(session, project_id, returned, What.RETURNED) if returned else {}
    return {
        key: Look(
            stage=one.stage,
            reasons=tuple(said[one.record_pk].reasons)
            if one.stage is Stage.RETURNED and one.record_pk in said
            else (),
        )
        for key, one in told.items()
    }


def _item(change: Change, look: Look | None) -> dict[str, Any]:
    return {
        "type": "item",
        "id": change.instance_id,
        "form_id": change.form_id,
        "status": change.status,
        "reason": change.reason,
        "attachments_expected": change.files_expected,
        "attachments_present": change.files_present,
        "changed_at": clock.iso(change.changed_at),
        "review": look.stage.value if look else None,
        "reasons": list(look.reasons) if look else [],
    }


def _entity(one: Told, actor: Actor, project_id: int) -> dict[str, Any]:
    if isinstance(one, ListTold):
        return {
            "type": "entity_list",
            "list": one.name,
            "properties": None if one.properties is None else list(one.properties),
            "forget": one.forget,
        }
    row = one.row
    return {
        "type": "entity",
        "list": one.list_name,
        "id": cursors.entity_id(one.entity_pk, actor, project_id),
        "status": "removed" if row is None else "current",
        "entity_id": row and row.entity_id,
        "entity_version": row and row.version,
        "label": row and row.label,
        "data": row and entities.properties_of(row),
    }
