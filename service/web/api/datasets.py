"""`/v1/projects/{pid}/datasets`: entity lists and their properties, as ODK Central's."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.entities import actions
from service.foundation.db import reading, unit_of_work
from service.web import extended, identify
from service.web.api import conditional, entity_shapes
from service.web.api.schemas.datasets import (
    DatasetPatchQuery,
    DatasetPatchSchema,
    DatasetSchema,
    PropertySchema,
)
from service.web.api.schemas.sessions import SuccessSchema
from service.web.identify import allows

blp = Blueprint("datasets", __name__, description="Entity lists")
BASE = "/v1/projects/<int:project_id>/datasets"


@blp.route(BASE, methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200, DatasetSchema(many=True))
def list_all(project_id: int) -> Response:
    """All entity lists of a project; with `X-Extended-Metadata`, how many entities each has."""
    with reading() as session:
        found = actions.list_told(session, identify.actor(), project_id)
    shape = entity_shapes.with_numbers if extended.is_extended() else entity_shapes.among_others
    return conditional.answer([shape(one) for one in found])


@blp.route(BASE, methods=["POST"])
@allows(Act.LIST_MANAGE)
@blp.arguments(DatasetSchema, error_status_code=400)
@blp.response(200, DatasetSchema)
def create(given: dict[str, Any], project_id: int) -> Response:
    """Make an entity list without properties."""
    actor = identify.actor()
    with unit_of_work() as session:
        actions.create_list(
            session,
            actor,
            project_id,
            given["name"],
            approval_required=given["approval_required"],
        )
        told = actions.tell_list(session, actor, project_id, given["name"])
    return conditional.answer(entity_shapes.dataset(told))


@blp.route(f"{BASE}/<dataset>", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200, DatasetSchema)
def get(project_id: int, dataset: str) -> Response:
    """One entity list with its properties, the forms that read it (`linkedForms`) and those that
    make or change its entities (`sourceForms`); with `X-Extended-Metadata`, how many it has."""
    actor, is_extended = identify.actor(), extended.is_extended()
    with reading() as session:
        told = actions.tell_list(session, actor, project_id, dataset, with_numbers=is_extended)
    shape = entity_shapes.with_numbers if is_extended else entity_shapes.dataset
    return conditional.answer(shape(told))


@blp.route(f"{BASE}/<dataset>", methods=["PATCH"])
@allows(Act.LIST_MANAGE)
@blp.arguments(DatasetPatchQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.arguments(DatasetPatchSchema, error_status_code=400)
@blp.response(200, DatasetSchema)
def change(query: dict[str, Any], given: dict[str, Any], project_id: int, dataset: str) -> Response:
    """Whether entities are made when a record is approved, or when it arrives. Where that is no
    longer asked for and records wait, `convert` says whether they make their entities now.
    `telling` says of whom the list tells: `people`, `undeclared` or `nobody`. That one which names
    people, or holds what records gave, names nobody is said by a coordinator alone."""
    actor = identify.actor()
    with unit_of_work() as session:
        if given["telling"] is not None:
            actions.tell(session, actor, project_id, dataset, given["telling"])
        if given["approval_required"] is not None:
            actions.require_approval(
                session,
                actor,
                project_id,
                dataset,
                required=given["approval_required"],
                convert=query["convert"],
            )
        told = actions.tell_list(session, actor, project_id, dataset)
    return conditional.answer(entity_shapes.dataset(told))


@blp.route(f"{BASE}/<dataset>/properties", methods=["POST"])
@allows(Act.LIST_MANAGE)
@blp.arguments(PropertySchema, error_status_code=400)
@blp.response(200, SuccessSchema)
def add_property(given: dict[str, Any], project_id: int, dataset: str) -> dict[str, bool]:
    """Add a property to a list."""
    with unit_of_work() as session:
        actions.add_property(session, identify.actor(), project_id, dataset, given["name"])
    return {"success": True}
