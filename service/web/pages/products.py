"""Products: briefs and annexes made of releases, the list of them, and taking one away."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import grants as accounts
from service.dialogue.queries import partners as partner_queries
from service.facts import places
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    CONSENT_MISSING,
    INVALID_PARAMETER,
    NOT_FOUND,
    REVIEW_OUTDATED,
    STORY_GONE,
    Problem,
)
from service.products.actions import packing
from service.products.actions.packing import MOST_QUOTES, PAPERS, Wanted
from service.products.blocks import Level, Part
from service.products.declared import PRODUCTS
from service.testimonies.queries.library import Usable
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, product_paper
from service.web.pages.typed import words

PAGE = 30
ANSWERED = (CONSENT_MISSING, INVALID_PARAMETER, REVIEW_OUTDATED, STORY_GONE)
ZIP = "application/zip"

products = Blueprint("products_pages", __name__)


@products.get("/p/<slug>/products")
@allows(Act.PRODUCT_LIST)
def show(project_id: int) -> str:
    """What was made, and the form: which product for whom; then its place and words."""
    return _page(project_id)


@products.post("/p/<slug>/products")
@allows(Act.PRODUCT_MAKE)
@takes("product", "partner", "place", "language", "quote")
def make(project_id: int) -> Response | tuple[str, int]:
    """Of the releases that are in force now."""
    try:
        wanted = Wanted(
            product=words("product"),
            language=words("language"),
            place=words("place"),
            partner=words("partner"),
            quotes=[_quote(one) for one in request.form.getlist("quote")],
        )
        with unit_of_work() as session:
            packing.make(session, actor(), project_id, wanted, product_paper.papers)
    except Problem as problem:
        if problem.kind not in ANSWERED:
            raise
        told = problem.text(frame.page_language())
        return _page(project_id, told), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/products?news=made", 303)


@products.post("/p/<slug>/products/<uuid:pack_pk>/file")
@allows(Act.PRODUCT_MAKE)
@takes()
def take(project_id: int, pack_pk: uuid.UUID) -> Response | tuple[str, int]:
    """The file, made again from what it cites; each time is an entry."""
    try:
        with unit_of_work() as session:
            file = packing.hand_out(session, actor(), project_id, pack_pk, product_paper.papers)
            body = b"".join(file.pieces)
    except Problem as problem:
        if problem.kind is not STORY_GONE:
            raise
        told = problem.text(frame.page_language())
        return _page(project_id, told), problem.kind.status
    response = Response(body, content_type=ZIP)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _quote(given: str) -> tuple[uuid.UUID, str]:
    key, _, seen = given.partition(":")
    try:
        return uuid.UUID(key), seen
    except ValueError:
        raise Problem(NOT_FOUND) from None


def _page(project_id: int, problem: str = "") -> str:
    given = request.form if request.method == "POST" else request.args
    product = PRODUCTS.get(given.get("product", ""))
    partner = given.get("partner", "")
    may_make = policy.may(actor(), Act.PRODUCT_MAKE, project_id)
    language = frame.page_language()
    with reading() as session:
        rows = packing.list_packs(session, actor(), project_id, _before(), PAGE + 1)
        partners = partner_queries.all_of(session, project_id)
        people = accounts.list_names(session, {one.made_by for one in rows if one.made_by})
        quotes: list[Usable] = []
        if may_make and product is not None and product.has(Part.QUOTES):
            quotes = packing.list_usable(session, actor(), project_id, partner)
    return frame.page(
        "products.html",
        here="products",
        rows=rows[:PAGE],
        before=rows[PAGE - 1].pack_pk if len(rows) > PAGE else None,
        names=people,
        called=product_paper.called,
        partners={code: one.name[language] for code, one in partners.items()},
        may_make=may_make,
        offered=[*PRODUCTS.values()],
        product=product,
        provinces=places.load().provinces() if _wants(product, Level.PROVINCE) else (),
        wants_commune=_wants(product, Level.COMMUNE),
        languages=PAPERS,
        quotes=quotes,
        has_quotes=product is not None and product.has(Part.QUOTES),
        most_quotes=MOST_QUOTES,
        typed=given,
        ticked=given.getlist("quote"),
        news=frame.say("products.made") if request.args.get("news") == "made" else "",
        problem=problem,
    )


def _wants(product: object, level: Level) -> bool:
    return getattr(product, "level", None) is level


def _before() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args["before"])
    except (KeyError, ValueError):
        return None
