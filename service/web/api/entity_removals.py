"""`…/entities`: taking entities out of their list and putting them back, as ODK Central's."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.entities import actions
from service.entities.claims import entity_id as parsed_id
from service.entities.versions import Refused
from service.foundation.db import unit_of_work
from service.web import identify
from service.web.api import entities
from service.web.api.entities import LIST, MAX_FILE_BYTES, ONE
from service.web.api.schemas.datasets import CountSchema, EntityIdsSchema
from service.web.api.schemas.sessions import SuccessSchema
from service.web.body_limits import takes_up_to
from service.web.identify import allows

blp = Blueprint("entity_removals", __name__, description="Entities taken out and put back")


@blp.route(ONE, methods=["DELETE"])
@allows(Act.ENTITY_CHANGE)
@blp.response(200, SuccessSchema)
def delete(project_id: int, dataset: str, entity_id: str) -> dict[str, bool]:
    """Take an entity out of its list. It can be put back. A script deletes none that it sees
    masked."""
    with unit_of_work() as session:
        actions.delete(session, identify.actor(), project_id, dataset, entities.key_of(entity_id))
    return {"success": True}


@blp.route(f"{ONE}/restore", methods=["POST"])
@allows(Act.ENTITY_CHANGE)
@blp.response(200, SuccessSchema)
def restore(project_id: int, dataset: str, entity_id: str) -> dict[str, bool]:
    """Put back what was deleted."""
    with unit_of_work() as session:
        actions.restore(session, identify.actor(), project_id, dataset, entities.key_of(entity_id))
    return {"success": True}


@blp.route(f"{LIST}/bulk-delete", methods=["POST"])
@allows(Act.ENTITY_CHANGE)
@takes_up_to(MAX_FILE_BYTES)
@blp.arguments(EntityIdsSchema, error_status_code=400)
@blp.response(200, CountSchema)
def delete_many(given: dict[str, Any], project_id: int, dataset: str) -> dict[str, int]:
    """The same of many at once, all or none; those that are not there are passed over."""
    keys = _keys(given["ids"])
    with unit_of_work() as session:
        done = actions.delete_many(session, identify.actor(), project_id, dataset, keys)
    return {"count": done}


@blp.route(f"{LIST}/bulk-restore", methods=["POST"])
@allows(Act.ENTITY_CHANGE)
@takes_up_to(MAX_FILE_BYTES)
@blp.arguments(EntityIdsSchema, error_status_code=400)
@blp.response(200, CountSchema)
def restore_many(given: dict[str, Any], project_id: int, dataset: str) -> dict[str, int]:
    """Put back what was deleted of these."""
    keys = _keys(given["ids"])
    with unit_of_work() as session:
        done = actions.restore_many(session, identify.actor(), project_id, dataset, keys)
    return {"count": done}


def _keys(texts: Iterable[str]) -> set[uuid.UUID]:
    """What is no ID of an entity is that of none."""
    found = set()
    for text in texts:
        try:
            found.add(parsed_id(text))
        except Refused:
            continue
    return found
