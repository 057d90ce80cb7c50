"""One person, several visits: pairs to look at, two side by side, the file of a person.

Lists and pages are without names. Names are asked for with a purpose, on addresses of their own,
and never stand in one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.facts.scopes import Purpose
from service.forms import queries as forms
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_FOUND,
    REVIEW_OUTDATED,
    SECOND_PERSON_NEEDED,
    Problem,
)
from service.persons.queries.visits import Visit, Word
from service.persons.reasons import BY_HAND, LEVELS, REASONS
from service.persons.verdicts import GIVEN, Verdict
from service.review.actions import persons as review
from service.review.actions.persons import PairTold
from service.review.purposes import ALWAYS
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, wording
from service.web.pages.submissions import key_of

PAGE = 50
KEPT = (REVIEW_OUTDATED, SECOND_PERSON_NEEDED)
"""Why a decision is not done: the page comes back and says so."""
Answer = str | Response | tuple[str, int]
Names = Mapping[uuid.UUID, str | None]

persons = Blueprint("persons_pages", __name__)


@persons.get("/p/<slug>/persons")
@allows(Act.PERSON_PAIRS)
def show_list(project_id: int) -> str:
    """Perhaps the same person: the likeliest first, or (`?state=unsure`) of whom somebody was not
    sure."""
    is_unsure, after = request.args.get("state") == "unsure", request.args.get("after", "")
    with reading() as session:
        found = review.list_open(
            session,
            actor(),
            project_id,
            unsure=is_unsure,
            after=_after(after) if after else None,
            limit=PAGE + 1,
        )
    last = found[PAGE - 1] if len(found) > PAGE else None
    kept = {"state": "unsure"} if is_unsure else {}
    older = {**kept, "after": review.end_of(last)} if last else None
    reach = policy.reach(actor(), Act.PERSON_PAIRS, project_id)
    return frame.page(
        "persons.html",
        here="persons",
        rows=[(one, _reasons(one), _pair_lines(one)) for one in found[:PAGE]],
        levels=_levels(),
        is_unsure=is_unsure,
        older=f"?{urlencode(older)}" if older else "",
        newest=f"?{urlencode(kept)}" if after else "",
        areas=wording.areas(reach.areas, frame.page_language()),
    )


def _after(text: str) -> tuple[int, uuid.UUID]:
    """Raises NOT_FOUND for what is no address of ours."""
    try:
        return review.read_end(text)
    except ValueError:
        raise Problem(NOT_FOUND) from None


def _levels() -> dict[str, str]:
    return {code: words[frame.page_language()] for code, words in LEVELS.items()}


def _reasons(told: PairTold) -> list[str]:
    known = REASONS | BY_HAND
    return [known[code][frame.page_language()] for code in told.pair.reasons if code in known]


# --- visits, as people read them ----------------------------------------------------------------
def _pair_lines(told: PairTold) -> list[dict[str, str]]:
    return [line(told.first), line(told.second)]


def line(visit: Visit) -> dict[str, str]:
    """What is told of a visit without a name."""
    language = frame.page_language()
    return {
        "day": wording.day(visit.happened_on, language),
        "sex": wording.code("sex", visit.sex, language),
        "age": _age(visit, language),
        "home": wording.areas([visit.home], language) or wording.code("sex", "unknown", language),
        "victim": wording.code("victim", visit.victim_type, language),
        "device": wording.code("device", visit.device, language),
    }


def _age(visit: Visit, language: str) -> str:
    if visit.age_years is None:
        return wording.code("age", visit.age_band, language)
    is_exact = visit.age_known == "exact"
    return frame.say("persons.years" if is_exact else "persons.about_years", n=visit.age_years)


# --- one pair -----------------------------------------------------------------------------------
@persons.get("/p/<slug>/persons/pairs/<pair>")
@allows(Act.PERSON_PAIRS)
def show_pair(project_id: int, pair: str) -> str:
    return _pair_page(project_id, pair)


@persons.get("/p/<slug>/persons/pairs/<pair>/names")
@allows(Act.IDENTITY_READ)
def show_pair_names(project_id: int, pair: str) -> str:
    """The same with names, for a purpose that the people allowed. Every look is an entry."""
    return _pair_page(project_id, pair, purpose_of(request.args.get("purpose", "")))


@persons.post("/p/<slug>/persons/pairs/<pair>/decide")
@allows(Act.PERSON_DECIDE)
@takes("verdict", "seen", "person")
def decide(project_id: int, pair: str) -> Answer:
    """From the page of a pair, or (`person`) from the file of one of the two."""
    verdict = request.form.get("verdict", "")
    if verdict not in (*GIVEN, Verdict.APART):
        return _pair_page(project_id, pair, problem=frame.say("persons.choose")), 400
    seen, person = request.form.get("seen", ""), request.form.get("person", "")
    try:
        with unit_of_work() as session:
            done = review.decide(session, actor(), project_id, key_of(pair), Verdict(verdict), seen)
    except Problem as problem:
        if problem.kind not in KEPT:
            raise
        words = problem.text(frame.page_language())
        return _pair_page(project_id, pair, problem=words), problem.kind.status
    news = verdict if done else "second"
    where = f"{key_of(person)}" if person else f"pairs/{key_of(pair)}"
    return redirect(f"/p/{frame.project().slug}/persons/{where}?news={news}", 303)


@persons.post("/p/<slug>/persons/pairs")
@allows(Act.PERSON_DECIDE)
@takes("first", "second", "reason")
def put_together(project_id: int) -> Response:
    """Two of a search, whom no key lets meet; then they are decided on like any pair."""
    given = {name: request.form.get(name, "") for name in ("first", "second", "reason")}
    for name, value in given.items():
        if not value:
            raise Problem(INVALID_PARAMETER, name=name, reason="one of the page")
    first, second = key_of(given["first"]), key_of(given["second"])
    with unit_of_work() as session:
        pair = review.put_together(session, actor(), project_id, first, second, given["reason"])
    return redirect(f"/p/{frame.project().slug}/persons/pairs/{pair}?news=beside", 303)


def purpose_of(given: str) -> Purpose:
    if given not in ALWAYS:
        raise Problem(INVALID_PARAMETER, name="purpose", reason=", ".join(ALWAYS))
    return Purpose(given)


def _pair_page(
    project_id: int, pair: str, purpose: Purpose | None = None, problem: str = ""
) -> str:
    with unit_of_work() if purpose else reading() as session:
        told = review.get_pair(session, actor(), project_id, key_of(pair))
        names = _names(session, project_id, (told.first, told.second), purpose)
        people = _people(session, told.words)
        titles = _titles(session, project_id)
        is_odd = review.would_contradict(session, project_id, told.pair)
    return frame.page(
        "person_pair.html",
        here="persons",
        told=told,
        reasons=_reasons(told),
        level=_levels()[told.level],
        sides=[(one, line(one), names.get(one.mention_pk)) for one in (told.first, told.second)],
        titles=titles,
        words=[(one, people) for one in told.words],
        given=[*GIVEN],
        is_odd=is_odd,
        is_mine=told.waiting is not None and told.waiting.proposed_by == actor().person_id,
        may_decide=policy.may(actor(), Act.PERSON_DECIDE, project_id),
        news=_news(),
        problem=problem,
        **_of_names(project_id, names, purpose),
    )


def _news() -> str:
    """What was done just now, in words; "" for nothing that we say."""
    said = request.args.get("news", "")
    known = (*GIVEN, Verdict.APART, "second", "beside")
    return frame.say(f"persons.done_{said}") if said in known else ""


def _names(
    session: Any, project_id: int, visits: Sequence[Visit], purpose: Purpose | None
) -> Names:
    if purpose is None:
        return {}
    found = review.open_names(session, actor(), project_id, visits, purpose)
    return {key: one.name for key, one in found.items()}


def _of_names(project_id: int, names: Names, purpose: Purpose | None) -> dict[str, Any]:
    """What the page says of names: for what they are shown, whose are not."""
    return {
        "purposes": ALWAYS if policy.may(actor(), Act.IDENTITY_READ, project_id) else (),
        "purpose": purpose.value if purpose else "",
        "is_refused": purpose is not None and any(one is None for one in names.values()),
    }


def _people(session: Any, words: Sequence[Word]) -> dict[int | None, str]:
    """What those are called who said something."""
    found = actors.find_actors(session, [who for one in words for who in _who(one)])
    return {key: one.display_name for key, one in found.items()} | {None: ""}


def _who(word: Word) -> tuple[int | None, int | None]:
    return word.decided_by, word.proposed_by


def _titles(session: Any, project_id: int) -> dict[int, str]:
    return {form.form_pk: form.title for form in forms.list_forms(session, project_id)}


# --- the file of a person -----------------------------------------------------------------------
@persons.get("/p/<slug>/persons/<uuid:person>")
@allows(Act.PERSON_PAIRS)
def show_file(project_id: int, person: uuid.UUID) -> str:
    """All visits that were joined, the log, and the way to take a join apart."""
    return _file_page(project_id, person)


@persons.get("/p/<slug>/persons/<uuid:person>/names")
@allows(Act.IDENTITY_READ)
def show_file_names(project_id: int, person: uuid.UUID) -> str:
    return _file_page(project_id, person, purpose_of(request.args.get("purpose", "")))


def _file_page(project_id: int, person: uuid.UUID, purpose: Purpose | None = None) -> str:
    with unit_of_work() if purpose else reading() as session:
        file = review.get_file(session, actor(), project_id, person)
        names = _names(session, project_id, file.visits, purpose)
        people = _people(session, file.words)
        titles = _titles(session, project_id)
    days = {one.mention_pk: wording.day(one.happened_on, frame.page_language())
            for one in file.visits}  # fmt: skip
    return frame.page(
        "person_file.html",
        here="persons",
        person=person,
        file=file,
        rows=[(one, line(one), names.get(one.mention_pk)) for one in file.visits],
        days=days,
        titles=titles,
        words=[(one, people) for one in file.words],
        may_decide=policy.may(actor(), Act.PERSON_DECIDE, project_id),
        news=_news(),
        **_of_names(project_id, names, purpose),
    )
