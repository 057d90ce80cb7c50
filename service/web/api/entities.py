"""`…/datasets/{list}/entities`: reading, making and changing entities, as ODK Central's; and what
is ours: settling contradictions field by field, files with a preview that can be undone."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import marshmallow as ma
from flask import Response, request
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.accounts.queries.actors import ActorTold, by_name, find_actors
from service.entities import actions
from service.entities.actions import History, Opened, Seen
from service.entities.claims import entity_id as parsed_id
from service.entities.queries import filtering
from service.entities.versions import LABEL, Refused, Side
from service.facts.scopes import Purpose
from service.forms.schema import Sensitivity
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.foundation.sealing import md5_hex
from service.review import classes
from service.review.actions import records
from service.web import errors, extended, identify
from service.web.api import conditional, entity_shapes, pulling
from service.web.api.datasets import BASE
from service.web.api.schemas.central import ActorSchema
from service.web.api.schemas.datasets import (
    EntityCreateSchema,
    EntityListQuery,
    EntityPatchQuery,
    EntityPatchSchema,
    ImportQuery,
    ImportSchema,
    ResolutionSchema,
    UndoneSchema,
)
from service.web.body_limits import takes_up_to
from service.web.identify import allows

blp = Blueprint("entities", __name__, description="Entities")
LIST = f"{BASE}/<dataset>/entities"
ONE = f"{LIST}/<entity_id>"
MAX_FILE_BYTES = 20_000_000


def agent() -> str:
    return request.headers.get("User-Agent", "")[:255]


def state_of(opened: Opened, *parts: object) -> str:
    """From which an answer about a whole list follows: who sees what of which state, on which day
    (consent may end with one)."""
    ref = opened.ref
    names = ",".join(opened.told.names)
    said = (ref.project_id, ref.list_pk, opened.revision, opened.purpose, ref.telling, names)
    day = actions.day_of_consent()
    return md5_hex("|".join(map(str, (*said, day, *parts))).encode())


def open_list(project_id: int, dataset: str) -> Opened:
    """With the names of people where a purpose is said that wants them (`purpose=`, or a header)
    and the caller may see them. What a script does not say is `work`, as of tables of records: the
    programs that people know say nothing. Raises NOT_FOUND, INVALID_PARAMETER."""
    actor = identify.actor()
    unsaid = None if actor.scopes is None else Purpose.WORK.value
    purpose = records.purpose_of(pulling.said() or unsaid)
    is_for_names = purpose is not None and Sensitivity.IDENTITY in classes.OPENED[purpose]
    return actions.open_list(actor, project_id, dataset, purpose=purpose if is_for_names else None)


@blp.route(LIST, methods=["GET"])
@allows(Act.LIST_READ)
@blp.arguments(EntityListQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
@blp.response(200)
def list_all(query: dict[str, Any], project_id: int, dataset: str) -> Response:
    """All entities of a list, newest first, without their properties (`.svc` has those). Labels
    that name people come for a `purpose` alone."""
    opened = open_list(project_id, dataset)
    which = filtering.listed(deleted=query["deleted"], in_conflict=query["conflict"])
    is_extended = extended.is_extended()

    def told() -> Iterable[Any]:
        found = actions.rows(opened, which)
        return _with_creators(found) if is_extended else map(entity_shapes.entity, found)

    return conditional.by_state(
        state_of(opened, "list", sorted(query.items(), key=str), is_extended),
        lambda: conditional.array(told()),
        conditional.JSON,
    )


@blp.route(f"{LIST}/creators", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200, ActorSchema(many=True))
def list_creators(project_id: int, dataset: str) -> list[ActorTold]:
    """Whoever made entities that are there, by name."""
    with reading() as session:
        made = actions.list_creators(session, identify.actor(), project_id, dataset)
        by_id = find_actors(session, made)
    return by_name(by_id[one] for one in made if one in by_id)


AT_ONCE = 500
"""Entities whose makers are looked up together."""


def _with_creators(found: Iterator[Seen]) -> Iterator[dict[str, Any]]:
    while batch := list(itertools.islice(found, AT_ONCE)):
        with reading() as session:
            by_id = find_actors(session, entity_shapes.creators(batch))
        for one in batch:
            yield entity_shapes.entity(one, by_id)


@blp.route(LIST, methods=["POST"])
@allows(Act.ENTITY_CHANGE)
@takes_up_to(MAX_FILE_BYTES)
@blp.arguments(EntityCreateSchema, error_status_code=400)
@blp.response(200)
def create(given: dict[str, Any], project_id: int, dataset: str) -> Response:
    """Make one entity, or many at once: all of them or none. The same bytes sent again
    within a quarter of an hour, because an answer was lost, make nothing twice. A script adds none
    where it sees somebody masked."""
    actor = identify.actor()
    if given["entities"] is not None:
        if given["source"] is None:
            raise Problem(INVALID_PARAMETER, name="source", reason="its name")
        many = [actions.given(one["uuid"], one["label"], one["data"]) for one in given["entities"]]
        is_unnamed = any(one["uuid"] is None for one in given["entities"])
        with unit_of_work() as session:
            actions.create(
                session,
                actor,
                project_id,
                dataset,
                many,
                user_agent=agent(),
                at_once=True,
                body=request.get_data() if is_unnamed else None,
            )
        return conditional.answer({"success": True})
    one = actions.given(given["uuid"], given["label"] or "", given["data"])
    with unit_of_work() as session:
        actions.create(session, actor, project_id, dataset, [one], user_agent=agent())
    return _answer(project_id, dataset, one.entity_id)


def _answer(project_id: int, dataset: str, key: uuid.UUID) -> Response:
    found = actions.get_history(open_list(project_id, dataset), key)
    return conditional.answer(entity_shapes.one_entity(found, _makers(found)))


def _makers(found: History) -> entity_shapes.Actors | None:
    """Where the extended metadata are asked for."""
    if not extended.is_extended():
        return None
    with reading() as session:
        return find_actors(session, entity_shapes.creators([found]))


def key_of(text: str) -> uuid.UUID:
    """Raises NOT_FOUND."""
    try:
        return parsed_id(text)
    except Refused:
        raise Problem(NOT_FOUND) from None


@blp.route(ONE, methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def get(project_id: int, dataset: str, entity_id: str) -> Response:
    """One entity with its properties; those of people for a `purpose` alone."""
    return _answer(project_id, dataset, key_of(entity_id))


@blp.route(f"{ONE}/versions", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def versions(project_id: int, dataset: str, entity_id: str) -> Response:
    """All versions of an entity, from the first on."""
    found = actions.get_history(open_list(project_id, dataset), key_of(entity_id))
    by_id = _makers(found)
    told = [entity_shapes.one_version(found, one, by_id) for one in found.versions]
    return conditional.answer(told)


@blp.route(f"{ONE}/diffs", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def diffs(project_id: int, dataset: str, entity_id: str) -> Response:
    """What each version but the first changed: `propertyName`, `old`, `new`."""
    found = actions.get_history(open_list(project_id, dataset), key_of(entity_id))
    return conditional.answer(entity_shapes.diffs(found))


@blp.route(f"{ONE}/audits", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def audits(project_id: int, dataset: str, entity_id: str) -> Response:
    """Who made and changed an entity, and when, the newest first; no values."""
    opened = actions.open_list(identify.actor(), project_id, dataset)
    found = actions.get_history(opened, key_of(entity_id))
    return conditional.answer(entity_shapes.audits(found, opened.ref.name, _makers(found)))


@blp.route(ONE, methods=["PATCH"])
@allows(Act.ENTITY_CHANGE)
@blp.arguments(EntityPatchSchema, error_status_code=400)
@blp.arguments(EntityPatchQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200)
def change(
    given: dict[str, Any], query: dict[str, Any], project_id: int, dataset: str, entity_id: str
) -> Response:
    """Change an entity that is at `baseVersion`, or whatever it is at (`force=true`).
    `resolve=true`: what two changed is settled by this."""
    key, said = key_of(entity_id), dict(given["data"])
    if given["label"] is not None:
        said[LABEL] = given["label"]
    if not said and not query["resolve"]:
        raise Problem(INVALID_PARAMETER, name="data", reason="label, data or both")
    with unit_of_work() as session:
        actions.update(
            session,
            identify.actor(),
            project_id,
            dataset,
            key,
            said,
            base_version=query["base_version"],
            force=query["force"],
            resolves=query["resolve"],
            user_agent=agent(),
        )
    return _answer(project_id, dataset, key)


@blp.route(f"{ONE}/conflicts", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def conflicts(project_id: int, dataset: str, entity_id: str) -> Response:
    """What two changed to different values: base, theirs, mine of each field. Where values are not
    the reader's, they are null."""
    found = actions.get_history(open_list(project_id, dataset), key_of(entity_id))
    return conditional.answer([entity_shapes.conflict(one) for one in found.conflicts])


@blp.route(f"{ONE}/conflicts", methods=["POST"])
@allows(Act.ENTITY_CHANGE)
@blp.arguments(ResolutionSchema, error_status_code=400)
@blp.response(200)
def resolve(given: dict[str, Any], project_id: int, dataset: str, entity_id: str) -> Response:
    """Settle it, field by field; fields that are not named stay as they are."""
    key = key_of(entity_id)
    chosen = {name: Side(side) for name, side in given["fields_"].items()}
    with unit_of_work() as session:
        actions.resolve(
            session,
            identify.actor(),
            project_id,
            dataset,
            key,
            chosen,
            base_version=given["base_version"],
            user_agent=agent(),
        )
    return _answer(project_id, dataset, key)


# --- files ----------------------------------------------------------------------------------------
@blp.route(f"{BASE}/<dataset>/imports", methods=["POST"])
@allows(Act.ENTITY_CHANGE)
@blp.arguments(ImportQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, ImportSchema)
def import_file(query: dict[str, Any], project_id: int, dataset: str) -> dict[str, Any]:
    """Bring in a CSV (the body, `text/csv`) with a column `label`, perhaps `__id`, and properties;
    `dryRun=true` only says what would happen. With its `state` nothing else happens, and that
    once: where it would be something else by now, or was done already, 409. Without it the same
    bytes sent again within a quarter of an hour make nothing twice. `__version` of our
    own CSV: what was changed since is a conflict."""
    data = errors.body().read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise Problem(INVALID_PARAMETER, name="file", reason=f"at most {MAX_FILE_BYTES} bytes")
    actor = identify.actor()
    if query["dry_run"]:
        with unit_of_work() as session:
            told = actions.preview(session, actor, project_id, dataset, data)
        faulty = [{"row": one.line, "fault": one.fault.value} for one in told.faulty]
        return {
            "id": None, "created": told.created, "changed": told.changed, "same": told.same,
            "faulty": faulty, "state": told.state,
        }  # fmt: skip
    with unit_of_work() as session:
        done = actions.import_file(
            session,
            actor,
            project_id,
            dataset,
            data,
            state=query["state"],
            user_agent=agent(),
        )
    return {
        "id": done.import_pk, "created": done.created, "changed": done.changed, "same": done.same,
        "faulty": [], "state": None,
    }  # fmt: skip


@blp.route(f"{BASE}/<dataset>/imports/<uuid:import_id>", methods=["DELETE"])
@allows(Act.ENTITY_CHANGE)
@blp.response(200, UndoneSchema)
def undo_import(project_id: int, dataset: str, import_id: uuid.UUID) -> object:
    """Undo an import, or a bulk request: delete what it made, put back what it changed; what
    somebody changed since stays as it is."""
    with unit_of_work() as session:
        return actions.undo_import(session, identify.actor(), project_id, dataset, import_id)
