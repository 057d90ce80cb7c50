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
    PRODUCT_CHANGED,
    REVIEW_OUTDATED,
    STORY_GONE,
    Problem,
)
from service.products import law
from service.products.actions import listing, packing, recommending
from service.products.actions.packing import PAPERS, Wanted, WantedQuote
from service.products.actions.recommending import LONGEST
from service.products.blocks import Level
from service.products.declared import PRODUCTS
from service.testimonies.queries.library import Usable
from service.treaty.queries.quotes import Leader
from service.web import zip_answer
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, product_paper
from service.web.pages.submissions import key_of
from service.web.pages.typed import words

PAGE = 30
ANSWERED = (
    CONSENT_MISSING, INVALID_PARAMETER, NOT_FOUND, PRODUCT_CHANGED, REVIEW_OUTDATED, STORY_GONE,
)  # fmt: skip

products = Blueprint("products_pages", __name__)


@products.get("/p/<slug>/products")
@allows(Act.PRODUCT_LIST)
def show(project_id: int) -> str:
    """What was made, and the form: which product for whom; then its place and words."""
    return _page(project_id)


@products.post("/p/<slug>/products")
@allows(Act.PRODUCT_MAKE)
@takes("product", "partner", "place", "language", "quote", "leader")
def make(project_id: int) -> Response | tuple[str, int]:
    """Of the releases that are in force now."""
    try:
        wanted = Wanted(
            product=words("product"),
            language=words("language"),
            place=words("place"),
            partner=words("partner"),
            quotes=[_quote(one) for one in request.form.getlist("quote") if one],
            leaders=[key_of(one) for one in request.form.getlist("leader")],
        )
        packing.make(actor(), project_id, wanted, product_paper.papers)
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
        file = packing.hand_out(actor(), project_id, pack_pk, product_paper.papers)
    except Problem as problem:
        if problem.kind not in (STORY_GONE, PRODUCT_CHANGED):
            raise
        told = problem.text(frame.page_language())
        return _page(project_id, told), problem.kind.status
    return zip_answer.leaving(file.pieces, file.name)


def _quote(given: str) -> WantedQuote:
    """A text, the stand-in of what was listed and, in a table by articles, beside which one."""
    key, seen, beside = [*given.split(":"), "", ""][:3]
    return WantedQuote(text=key_of(key), seen=seen, beside=beside)


def _page(project_id: int, problem: str = "") -> str:
    given = request.form if request.method == "POST" else request.args
    product = PRODUCTS.get(given.get("product", ""))
    partner = given.get("partner", "")
    may_make = policy.may(actor(), Act.PRODUCT_MAKE, project_id)
    language = frame.page_language()
    quotes: list[Usable] = []
    leaders: list[Leader] = []
    with reading() as session:
        rows = listing.list_packs(session, actor(), project_id, _before(), PAGE + 1)
        partners = partner_queries.all_of(session, project_id)
        people = accounts.list_names(session, {one.made_by for one in rows if one.made_by})
        if may_make and product is not None and packing.most_quotes(product):
            quotes = listing.list_usable(session, actor(), project_id, partner)
        if may_make and product is not None and packing.most_leaders(product):
            leaders = listing.list_leaders(session, actor(), project_id, partner)
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
        leaders=leaders,
        most_quotes=packing.most_quotes(product) if product else 0,
        most_leaders=packing.most_leaders(product) if product else 0,
        articles=[(one.key, one.article, one.name[language]) for one in product.evidence]
        if product
        else (),
        typed=given,
        ticked=given.getlist("quote"),
        ticked_leaders=given.getlist("leader"),
        news=frame.say("products.made") if request.args.get("news") == "made" else "",
        problem=problem,
    )


# --- what the campaign recommends -----------------------------------------------------------------
@products.get("/p/<slug>/products/recommendations")
@allows(Act.PRODUCT_LIST)
def show_recommendations(project_id: int) -> str:
    """Each article with the newest words; a coordinator writes others."""
    return _recommendations(project_id)


@products.post("/p/<slug>/products/recommendations")
@allows(Act.PRODUCT_MAKE)
@takes("article", "en", "km")
def recommend(project_id: int) -> Response | tuple[str, int]:
    """A new version; earlier ones stay for the packs that cite them."""
    try:
        with unit_of_work() as session:
            said = (words("article"), words("en", LONGEST + 1), words("km", LONGEST + 1))
            recommending.write(session, actor(), project_id, *said)
    except Problem as problem:
        if problem.kind is not INVALID_PARAMETER:
            raise
        told = problem.text(frame.page_language())
        return _recommendations(project_id, told), problem.kind.status
    at = f"/p/{frame.project().slug}/products/recommendations"
    return redirect(f"{at}?news=saved#{said[0]}", 303)


def _recommendations(project_id: int, problem: str = "") -> str:
    with reading() as session:
        rows = recommending.list_newest(session, actor(), project_id)
    return frame.page(
        "recommendations.html",
        here="products",
        articles=[
            (key, key.removeprefix("CRPD-"), name[frame.page_language()])
            for key, name in law.ARTICLES.items()
        ],
        written={one.article: one for one in rows},
        longest=LONGEST,
        may_make=policy.may(actor(), Act.PRODUCT_MAKE, project_id),
        typed=request.form,
        news=frame.say("products.saved") if request.args.get("news") == "saved" else "",
        problem=problem,
    )


def _wants(product: object, level: Level) -> bool:
    return getattr(product, "level", None) is level


def _before() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args["before"])
    except (KeyError, ValueError):
        return None
