"""`/v1/projects/{pid}/facts/…`: canonical facts, keyset paged, cut to the caller's rights."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import marshmallow as ma
import orjson
from flask import Response, jsonify
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.cases.actions import reading as cases
from service.facts.actions import listing
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.treaty.actions import codes as treaty
from service.web import identify
from service.web.api.schemas.facts import FactsQuery, FactsSchema
from service.web.identify import allows

CASES = "cases"
"""Folded from facts of several records (`service.cases`), and told as they are."""
blp = Blueprint("facts", __name__, description="What people told, as coded facts")


@blp.route("/v1/projects/<int:project_id>/facts/<name:kind>", methods=["GET"])
@allows(Act.FACTS_READ)
@blp.arguments(FactsQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.alt_response(200, schema=FactsSchema)
def facts(query: dict[str, Any], project_id: int, kind: str) -> Response:
    """Facts of one kind, oldest record first: codes, numbers and days, never a name or words.
    `cases` are folded from what was told, visits and the office, and carry their needs. Columns
    and codes: docs/data-dictionary.md. Each reading is an entry of the audit log."""
    if kind not in listing.KINDS and kind != CASES:
        raise Problem(NOT_FOUND)
    actor, after, limit = identify.actor(), _read(query["cursor"]), query["limit"]
    with reading(may_lag=True) as session:
        if kind == CASES:
            page = cases.list_facts(session, actor, project_id, after, limit)
        else:
            beside = treaty.receipts_beside if kind == "signatures" else None
            page = listing.list_facts(session, actor, project_id, kind, after, limit, beside)
    with unit_of_work() as session:
        listing.note_reading(session, actor, project_id, kind, len(page.items))
    return jsonify(
        {
            "items": page.items,
            "cursor": None if page.end is None else _written(page.end),
            "more": page.end is not None,
        }
    )


def _written(key: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode()


def _read(text: str | None) -> list[Any]:
    """The key that a cursor holds; what it should hold, the room knows."""
    if text is None:
        return []
    try:
        key = orjson.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, list) or not key:
        raise Problem(
            INVALID_PARAMETER, name="cursor", reason="give one that you were answered, or none"
        )
    return key
