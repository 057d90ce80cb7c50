"""Partners and what each may see; links by which one of them sees promises."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.dialogue.actions import figures, meeting, promising, sharing
from service.dialogue.actions.meeting import PartnerGiven
from service.dialogue.actions.sharing import LONGEST_DAYS, USUAL_DAYS, LinkGiven
from service.dialogue.partners import LONGEST_NAME, Stands
from service.dialogue.queries.promises import Filters
from service.disclosure.rules import Audience
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, promise_words
from service.web.pages.dialogue import Answer, names
from service.web.pages.typed import number, one_of, words

partners = Blueprint("partners", __name__)


@partners.get("/p/<slug>/dialogue/partners")
@allows(Act.DIALOGUE_READ)
def show(project_id: int) -> str:
    return _page(project_id)


@partners.post("/p/<slug>/dialogue/partners")
@allows(Act.DIALOGUE_CHANGE)
@takes("code", "name_en", "name_km", "stands", "sees")
def put(project_id: int) -> Answer:
    """Add one of the project's own, or say what a partner may see."""
    try:
        given = PartnerGiven(
            code=words("code"),
            name={one: words(f"name_{one}", LONGEST_NAME + 1) for one in ("en", "km")},
            stands=one_of(Stands, "stands", words("stands") or Stands.CAMBODIA),
            sees=one_of(Audience, "sees", words("sees")),
        )
        with unit_of_work() as session:
            meeting.put_partner(session, actor(), project_id, given)
    except Problem as problem:
        return _page(project_id, problem.text(frame.page_language())), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/dialogue/partners", 303)


def _page(project_id: int, problem: str = "") -> str:
    with reading() as session:
        rows = meeting.list_partners(session, actor(), project_id)
    return frame.page(
        "partners.html",
        here="dialogue",
        rows=rows,
        stands=[*Stands],
        sees=figures.INSIDE,
        may_change=policy.may(actor(), Act.DIALOGUE_CHANGE, project_id),
        typed=request.form,
        problem=problem,
        longest=LONGEST_NAME,
    )


# --- links ----------------------------------------------------------------------------------------
@partners.get("/p/<slug>/dialogue/links")
@allows(Act.DIALOGUE_READ)
def show_links(project_id: int) -> str:
    """Those that there are; and a form for one of the partner that was chosen."""
    return _links(project_id, request.args.get("partner", ""))


@partners.post("/p/<slug>/dialogue/links")
@allows(Act.DIALOGUE_SHARE)
@takes("partner", "audience", "promise", "days")
def make(project_id: int) -> Answer:
    """The page that tells the address, once."""
    partner = words("partner")
    try:
        given = LinkGiven(
            partner=partner,
            audience=one_of(Audience, "audience", words("audience")),
            promises=frozenset(map(_key, request.form.getlist("promise"))),
            days=number("days"),
        )
        with unit_of_work() as session:
            _, token = sharing.make_link(session, actor(), project_id, given)
    except Problem as problem:
        told = problem.text(frame.page_language())
        return _links(project_id, partner, problem=told), problem.kind.status
    made = f"{settings().public_url}/promised/{frame.project().slug}/{token}"
    return _links(project_id, "", made=made)


def _key(given: str) -> uuid.UUID:
    try:
        return uuid.UUID(given)
    except ValueError:
        raise Problem(INVALID_PARAMETER, name="promises", reason="of this partner") from None


@partners.post("/p/<slug>/dialogue/links/<uuid:link_pk>/end")
@allows(Act.DIALOGUE_CHANGE)
@takes()
def end(project_id: int, link_pk: uuid.UUID) -> Response:
    with unit_of_work() as session:
        sharing.end_link(session, actor(), project_id, link_pk)
    return redirect(f"/p/{frame.project().slug}/dialogue/links?news=ended", 303)


def _links(project_id: int, partner: str, *, problem: str = "", made: str = "") -> str:
    language = frame.page_language()
    with reading() as session:
        rows = sharing.list_links(session, actor(), project_id)
        known = names(session, project_id)
        if partner and partner not in known:
            raise Problem(NOT_FOUND)
        filters = Filters(partner=partner)
        theirs: list[Any] = (
            promising.list_promises(session, actor(), project_id, filters) if partner else []
        )
    return frame.page(
        "links.html",
        here="dialogue",
        rows=rows,
        partners=known,
        partner=partner,
        promises=[promise_words.shown(one, known, language) for one in theirs],
        audiences=figures.INSIDE,
        days=USUAL_DAYS,
        most_days=LONGEST_DAYS,
        may_change=policy.may(actor(), Act.DIALOGUE_CHANGE, project_id),
        may_share=policy.may(actor(), Act.DIALOGUE_SHARE, project_id),
        ticked=request.form.getlist("promise"),
        typed=request.form,
        problem=problem,
        made=made,
        news=frame.say("links.news_ended") if request.args.get("news") == "ended" else "",
    )
