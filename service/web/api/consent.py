"""`/v1/projects/{pid}/withdrawals`: consent taken back, by code or for a record."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.consent import actions
from service.foundation.db import reading
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.web import asking, identify
from service.web.api.paging import page_of
from service.web.api.schemas.consent import (
    AskedSchema,
    AskingSchema,
    WithdrawalListSchema,
    WithdrawalQuery,
    WithdrawalSchema,
)
from service.web.identify import PUBLIC, allows

blp = Blueprint("consent", __name__, description="Taking consent back")
PAGE = 50


@blp.route("/v1/projects/<int:project_id>/withdrawals", methods=["POST"])
@allows(PUBLIC)
@blp.arguments(AskingSchema, error_status_code=400)
@blp.response(201, AskedSchema)
def ask(asked: dict[str, Any], project_id: int) -> actions.Asked:
    """Take consent back: with the `code` on the paper, without sign-in, or for an `instance_id`
    with a `reason`. The answer to a code is the same whether or not there is a record:
    `received`, or, while too many codes are being given, `received_now`: give it again later, for
    a record that has not come yet."""
    blobs = asking.blobs()
    if "code" in asked:
        return actions.ask_by_code(
            project_id,
            asked["code"],
            network=asking.network(),
            blobs=blobs,
            scopes=asked["scopes"],
        )
    person = identify.demand(Act.CONSENT_WITHDRAW, project_id)
    if "instance_id" not in asked:
        raise Problem(INVALID_PARAMETER, name="code", reason="code, or instance_id and reason")
    return actions.withdraw_record(
        person,
        project_id,
        asked["instance_id"],
        asked.get("reason", ""),
        blobs=blobs,
        scopes=asked["scopes"],
    )


@blp.route("/v1/projects/<int:project_id>/withdrawals", methods=["GET"])
@allows(Act.WITHDRAWAL_READ)
@blp.arguments(WithdrawalQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, WithdrawalListSchema)
def list_all(query: dict[str, Any], project_id: int) -> dict[str, Any]:
    """Withdrawals, newest first. They name nobody."""
    limit = query["limit"]
    with reading() as session:
        found = actions.list_told(session, identify.actor(), project_id, query["cursor"], limit + 1)
    return page_of(found, limit, lambda one: str(one.id))


@blp.route("/v1/projects/<int:project_id>/withdrawals/<uuid:withdrawal_id>", methods=["GET"])
@allows(Act.WITHDRAWAL_READ)
@blp.response(200, WithdrawalSchema)
def show(project_id: int, withdrawal_id: uuid.UUID) -> actions.Told:
    """How far a withdrawal is, by when no backup can be read, what it had been used in."""
    with reading() as session:
        return actions.tell(session, identify.actor(), project_id, withdrawal_id)
