"""`/v1/projects/{pid}/products`: briefs, annexes and tables made of releases."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.products.actions import listing, packing, recommending
from service.products.actions.packing import Wanted, WantedQuote
from service.web import identify, zip_answer
from service.web.api.paging import page_of
from service.web.api.schemas.products import (
    ProductMadeSchema,
    ProductsQuery,
    ProductsSchema,
    ProductWantedSchema,
    RecommendationsSchema,
    RecommendationWordsSchema,
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
        rows = listing.list_packs(session, identify.actor(), project_id, query["cursor"], limit + 1)
    return page_of(rows, limit, lambda one: one.pack_pk)


@blp.route(AT, methods=["POST"])
@allows(Act.PRODUCT_MAKE)
@blp.arguments(ProductWantedSchema, error_status_code=400)
@blp.response(201, ProductMadeSchema)
def make(given: dict[str, Any], project_id: int) -> dict[str, Any]:
    """Of the releases that are in force for whom it is. Quotes are uses, and written down."""
    quotes = [WantedQuote(**one) for one in given["quotes"]]
    wanted = Wanted(**{**given, "quotes": quotes})
    return {"id": packing.make(identify.actor(), project_id, wanted, product_paper.papers)}


@blp.route(f"{AT}/<uuid:pack_pk>/file", methods=["POST"])
@allows(Act.PRODUCT_MAKE)
def take(project_id: int, pack_pk: uuid.UUID) -> Response:
    """The ZIP, made again from what it cites; each time is an entry. Gone where words in it were
    taken back."""
    file = packing.hand_out(identify.actor(), project_id, pack_pk, product_paper.papers)
    return zip_answer.leaving(file.pieces, file.name)


@blp.route(f"{AT}/recommendations", methods=["GET"])
@allows(Act.PRODUCT_LIST)
@blp.response(200, RecommendationsSchema)
def list_recommendations(project_id: int) -> dict[str, Any]:
    """What the campaign recommends under articles of the Convention, in its own words."""
    with reading() as session:
        return {"items": recommending.list_newest(session, identify.actor(), project_id)}


@blp.route(f"{AT}/recommendations/<article>", methods=["PUT"])
@allows(Act.PRODUCT_MAKE)
@blp.arguments(RecommendationWordsSchema, error_status_code=400)
@blp.response(200, RecommendationsSchema)
def recommend(given: dict[str, Any], project_id: int, article: str) -> dict[str, Any]:
    """Write a version; earlier ones stay, for packs that cite them. Empty words end it."""
    with unit_of_work() as session:
        actor = identify.actor()
        recommending.write(session, actor, project_id, article, given["en"], given["km"])
        return {"items": recommending.list_newest(session, actor, project_id)}
