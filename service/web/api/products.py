"""`/v1/projects/{pid}/products`: briefs, annexes and tables made of releases."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.products.actions import packing
from service.products.actions.packing import Wanted
from service.web import identify
from service.web.api.schemas.products import (
    ProductMadeSchema,
    ProductsQuery,
    ProductsSchema,
    ProductWantedSchema,
)
from service.web.identify import allows
from service.web.pages import product_paper

blp = Blueprint("products", __name__, description="Briefs, annexes and tables made of releases")
AT = "/v1/projects/<int:project_id>/products"


@blp.route(AT, methods=["GET"])
@allows(Act.PRODUCT_LIST)
@blp.arguments(ProductsQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, ProductsSchema)
def list_products(query: dict[str, Any], project_id: int) -> dict[str, Any]:
    """What was made, and whether it may still be taken."""
    limit = query["limit"]
    with reading() as session:
        rows = packing.list_packs(session, identify.actor(), project_id, query["cursor"], limit + 1)
    more = len(rows) > limit
    return {
        "items": rows[:limit],
        "cursor": rows[limit - 1].pack_pk if more else None,
        "more": more,
    }


@blp.route(AT, methods=["POST"])
@allows(Act.PRODUCT_MAKE)
@blp.arguments(ProductWantedSchema, error_status_code=400)
@blp.response(201, ProductMadeSchema)
def make(given: dict[str, Any], project_id: int) -> dict[str, Any]:
    """Of the releases that are in force for whom it is. Quotes are uses, and written down."""
    quotes = [(one["text"], one["seen"]) for one in given["quotes"]]
    wanted = Wanted(**{**given, "quotes": quotes})
    with unit_of_work() as session:
        papers = product_paper.papers
        return {"id": packing.make(session, identify.actor(), project_id, wanted, papers)}


@blp.route(f"{AT}/<uuid:pack_pk>/file", methods=["POST"])
@allows(Act.PRODUCT_MAKE)
def take(project_id: int, pack_pk: uuid.UUID) -> Response:
    """The ZIP, made again from what it cites; each time is an entry. Gone where words in it were
    taken back."""
    with unit_of_work() as session:
        file = packing.hand_out(
            session, identify.actor(), project_id, pack_pk, product_paper.papers
        )
        body = b"".join(file.pieces)
    answer = Response(body, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer
