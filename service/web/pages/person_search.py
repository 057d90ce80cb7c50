"""Somebody is looked for by name. What is typed comes in the body, goes back into the page,
and is kept nowhere."""

from __future__ import annotations

from flask import Blueprint, request

from service.accounts import policy
from service.accounts.policy import Act
from service.facts import area_names
from service.foundation.db import unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.persons.reasons import BY_HAND
from service.review.actions import persons as review
from service.review.actions.persons import Searched
from service.review.purposes import ALWAYS
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.persons import line, purpose_of

MOST_NAME = 200
Answer = str | tuple[str, int]

person_search = Blueprint("person_search", __name__)


@person_search.get("/p/<slug>/persons/search")
@allows(Act.PERSON_PAIRS)
def show_search(project_id: int) -> str:
    if not policy.may(actor(), Act.PERSON_SEARCH, project_id):
        raise Problem(NOT_FOUND)
    return _search_page()


@person_search.post("/p/<slug>/persons/search")
@allows(Act.PERSON_SEARCH)
@takes("name", "place", "purpose")
def search(project_id: int) -> Answer:
    """What was typed is in the body alone, comes back in the page, and is kept nowhere."""
    name = request.form.get("name", "").strip()[:MOST_NAME]
    place = _place(request.form.get("place", ""))
    purpose = purpose_of(request.form.get("purpose", ""))
    if not name:
        return _search_page(problem=frame.say("persons.type_name")), 400
    if place is None:
        return _search_page(problem=frame.say("persons.which_place")), 400
    try:
        with unit_of_work() as session:
            found = review.search(session, actor(), project_id, name, place, purpose)
    except Problem as problem:
        if problem.kind is not INVALID_PARAMETER:
            raise
        return _search_page(problem=frame.say("persons.type_name")), 400
    return _search_page(found)


def _place(typed: str) -> str | None:
    """The code of the one area of that name; "" for nothing typed, None for none or several."""
    if not typed.strip():
        return ""
    found = area_names.named(typed)
    return found[0].code if len(found) == 1 else None


def _search_page(found: Searched | None = None, problem: str = "") -> str:
    return frame.page(
        "person_search.html",
        here="persons",
        found=found,
        hits=[(one, line(one.visit)) for one in found.hits] if found else [],
        typed={name: request.form.get(name, "") for name in ("name", "place", "purpose")},
        purposes=ALWAYS,
        by_hand=[(code, words[frame.page_language()]) for code, words in BY_HAND.items()],
        may_decide=policy.may(actor(), Act.PERSON_DECIDE, frame.project().id),
        most_name=MOST_NAME,
        problem=problem,
    )
