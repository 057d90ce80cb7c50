"""The dialogue log: meetings, what was asked and answered there, releases that were shown."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.dialogue.actions import checking, feeding, meeting, promising, showing
from service.dialogue.actions.meeting import Asked, Met
from service.dialogue.frameworks import KEYS
from service.dialogue.queries.promises import Filters
from service.facts import places
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.indicators.catalogue import INDICATORS
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, promise_words
from service.web.pages.typed import day, number, words

PAGE = 50
NEWS = ("saved", "removed")
Answer = str | Response | tuple[str, int]

dialogue = Blueprint("dialogue_pages", __name__)


def news() -> str:
    asked = request.args.get("news", "")
    return frame.say(f"dialogue.news_{asked}") if asked in NEWS else ""


def texts() -> dict[str, str]:
    """What was typed in each language."""
    most = checking.LONGEST_TEXT
    return {one: words(f"text_{one}", most) for one in ("en", "km")}


def needed_day(name: str) -> Any:
    """Raises INVALID_PARAMETER."""
    found = day(name)
    if found is None:
        raise Problem(INVALID_PARAMETER, name=name, reason="a day is needed")
    return found


def place_choices(project_id: int) -> dict[str, Any]:
    """Provinces, and the communes of the project."""
    with reading() as session:
        found = feeding.list_communes(session, actor(), project_id)
    known, language = places.load(), frame.page_language()
    return {
        "provinces": [one.code for one in known.provinces()],
        "communes": [
            (code, ", ".join(known.name(one, language) for one in reversed(known.ancestors(code))))
            for code in found.codes
        ],
    }


def names(session: Any, project_id: int) -> dict[str, str]:
    """Code of a partner -> its name in the reader's language."""
    language = frame.page_language()
    found = meeting.list_partners(session, actor(), project_id)
    return {one.code: one.name[language] for one in found}


# --- all ------------------------------------------------------------------------------------------
@dialogue.get("/p/<slug>/dialogue")
@allows(Act.DIALOGUE_READ)
def show_list(project_id: int) -> str:
    """Meetings, the latest first, and promises that are late or near."""
    after = _key(request.args.get("after", ""))
    with reading() as session:
        rows = meeting.list_meetings(session, actor(), project_id, after, PAGE + 1)
        promises = promising.list_promises(session, actor(), project_id)
        partners = names(session, project_id)
    return frame.page(
        "dialogue.html",
        here="dialogue",
        rows=rows[:PAGE],
        more=rows[PAGE - 1].meeting_pk if len(rows) > PAGE else None,
        promises=[promise_words.shown(one, partners, frame.page_language()) for one in promises],
        partners=partners,
        may_change=policy.may(actor(), Act.DIALOGUE_CHANGE, project_id),
        news=news(),
    )


def _key(given: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        raise Problem(NOT_FOUND) from None


@dialogue.get("/p/<slug>/dialogue/meetings")
@allows(Act.DIALOGUE_CHANGE)
def show_new(project_id: int) -> str:
    return _new(project_id)


@dialogue.post("/p/<slug>/dialogue/meetings")
@allows(Act.DIALOGUE_CHANGE)
@takes("held_on", "partner", "place", "ours", "venue", "notes")
def write(project_id: int) -> Answer:
    try:
        met = Met(
            held_on=needed_day("held_on"),
            partners=request.form.getlist("partner"),
            place=words("place"),
            ours=words("ours", checking.LONGEST_TEXT),
            venue=words("venue", checking.LONGEST_OWNER),
            notes=words("notes", checking.LONGEST_NOTES),
        )
        with unit_of_work() as session:
            meeting_pk = meeting.write_meeting(session, actor(), project_id, met)
    except Problem as problem:
        return _new(project_id, problem.text(frame.page_language())), problem.kind.status
    return to_meeting(meeting_pk)


def to_meeting(meeting_pk: uuid.UUID) -> Response:
    slug = frame.project().slug
    return redirect(f"/p/{slug}/dialogue/meetings/{meeting_pk}?news=saved", 303)


def _new(project_id: int, problem: str = "") -> str:
    with reading() as session:
        partners = names(session, project_id)
    return frame.page(
        "meeting_new.html",
        here="dialogue",
        partners=partners,
        ticked=request.form.getlist("partner"),
        typed=request.form,
        limits={
            "ours": checking.LONGEST_TEXT,
            "venue": checking.LONGEST_OWNER,
            "notes": checking.LONGEST_NOTES,
        },
        problem=problem,
        **place_choices(project_id),
    )


# --- one ------------------------------------------------------------------------------------------
@dialogue.get("/p/<slug>/dialogue/meetings/<uuid:meeting_pk>")
@allows(Act.DIALOGUE_READ)
def show(project_id: int, meeting_pk: uuid.UUID) -> str:
    return page_of(project_id, meeting_pk)


def page_of(project_id: int, meeting_pk: uuid.UUID, problem: str = "") -> str:
    """A meeting with all that was said there."""
    language = frame.page_language()
    with reading() as session:
        asked = (session, actor(), project_id)
        told = meeting.get_meeting(*asked, meeting_pk)
        promises = promising.list_promises(*asked, Filters(meeting_pk=meeting_pk))
        quotes = showing.list_quotes(*asked, meeting_pk)
        partners = names(session, project_id)
    may_change = policy.may(actor(), Act.DIALOGUE_CHANGE, project_id)
    return frame.page(
        "meeting.html",
        here="dialogue",
        told=told,
        promises=[promise_words.shown(one, partners, language) for one in promises],
        quotes=quotes,
        partners=partners,
        frameworks=KEYS,
        indicators={key: one.title[language] for key, one in INDICATORS.items()},
        may_change=may_change,
        may_use=policy.may(actor(), Act.TESTIMONY_USE, project_id),
        typed=request.form,
        problem=problem,
        news=news(),
        **(place_choices(project_id) if may_change else {"provinces": [], "communes": []}),
    )


def done(project_id: int, meeting_pk: uuid.UUID, act: Any) -> Answer:
    """Do it, and show the meeting; what was refused comes back with what was typed."""
    try:
        act()
    except Problem as problem:
        if problem.kind is NOT_FOUND:
            raise
        told = problem.text(frame.page_language())
        return page_of(project_id, meeting_pk, told), problem.kind.status
    return to_meeting(meeting_pk)


@dialogue.post("/p/<slug>/dialogue/meetings/<uuid:meeting_pk>/questions")
@allows(Act.DIALOGUE_CHANGE)
@takes("partner", "text_en", "text_km", "framework", "indicator", "place")
def ask(project_id: int, meeting_pk: uuid.UUID) -> Answer:
    def act() -> None:
        asked = Asked(
            partner=words("partner"),
            text=texts(),
            framework=words("framework"),
            indicator=words("indicator"),
            place=place_typed(),
        )
        with unit_of_work() as session:
            meeting.ask(session, actor(), project_id, meeting_pk, asked)

    return done(project_id, meeting_pk, act)


def place_typed() -> str | None:
    """None: as the meeting; "00": the whole country."""
    given = words("place")
    return None if not given else "" if given == WHOLE else given


WHOLE = "00"


@dialogue.post("/p/<slug>/dialogue/meetings/<uuid:meeting_pk>/answers")
@allows(Act.DIALOGUE_CHANGE)
@takes("question", "answered_on", "text_en", "text_km")
def answer(project_id: int, meeting_pk: uuid.UUID) -> Answer:
    def act() -> None:
        said = (needed_day("answered_on"), texts())
        question = _key(words("question"))
        with unit_of_work() as session:
            told = meeting.get_meeting(session, actor(), project_id, meeting_pk)
            if question not in {one.question_pk for one in told.questions} or question is None:
                raise Problem(INVALID_PARAMETER, name="question", reason="one of this meeting")
            meeting.answer(session, actor(), project_id, question, *said)

    return done(project_id, meeting_pk, act)


@dialogue.post("/p/<slug>/dialogue/meetings/<uuid:meeting_pk>/releases")
@allows(Act.DIALOGUE_CHANGE)
@takes("number")
def show_release(project_id: int, meeting_pk: uuid.UUID) -> Answer:
    def act() -> None:
        which = number("number")
        with unit_of_work() as session:
            showing.show_release(session, actor(), project_id, meeting_pk, which)

    return done(project_id, meeting_pk, act)


@dialogue.post("/p/<slug>/dialogue/meetings/<uuid:meeting_pk>/remove")
@allows(Act.DIALOGUE_CHANGE)
@takes("sure")
def remove(project_id: int, meeting_pk: uuid.UUID) -> Answer:
    if words("sure") != "yes":
        return page_of(project_id, meeting_pk, frame.say("dialogue.remove_why")), 400
    with unit_of_work() as session:
        meeting.remove_meeting(session, actor(), project_id, meeting_pk)
    return redirect(f"/p/{frame.project().slug}/dialogue?news=removed", 303)


def people(session: Any, ids: set[int]) -> dict[int, str]:
    """Names of those of us who wrote something."""
    found = actors.find_actors(session, ids)
    return {key: one.display_name for key, one in found.items() if key is not None}
